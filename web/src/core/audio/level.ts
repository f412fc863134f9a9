/** Levels of sound: linear amplitude 0..1 and dBFS -100..0. */

const FLOOR_DB = -100;

export function toDbfs(amplitude: number): number {
  if (!(amplitude > 0)) return FLOOR_DB;
  return Math.min(0, Math.max(FLOOR_DB, 20 * Math.log10(amplitude)));
}

/** What an analyser hears now: the loudest sample and the RMS of its window. */
export function measure(
  analyser: AnalyserNode,
  buffer: Float32Array<ArrayBuffer>,
): { peak: number; rms: number } {
  analyser.getFloatTimeDomainData(buffer);
  let peak = 0;
  let sum = 0;
  for (const sample of buffer) {
    const size = Math.abs(sample);
    if (size > peak) peak = size;
    sum += sample * sample;
  }
  return { peak, rms: Math.sqrt(sum / buffer.length) };
}

/** Amplitude from which somebody speaks (-50 dBFS), and for how long after it. */
const SPEAKING_AMPLITUDE = 10 ** (-50 / 20);
const HOLD_MS = 250;

/** Whether one person speaks: a threshold with a short hold, so that a ring does not flicker between syllables. */
export class SpeakingDetector {
  private heardAt = Number.NEGATIVE_INFINITY;

  hears(amplitude: number, now: number): boolean {
    if (amplitude >= SPEAKING_AMPLITUDE) this.heardAt = now;
    return now - this.heardAt <= HOLD_MS;
  }
}
