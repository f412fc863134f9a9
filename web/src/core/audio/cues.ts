import type { Speakers } from "./speakers";

export type Cue = "join" | "leave" | "mute" | "unmute" | "otherJoin" | "otherLeave" | "test";

/** Notes in Hz, one after the other; rising for what begins, falling for what ends. */
const tunes: Record<Cue, number[]> = {
  join: [440, 659],
  leave: [659, 440],
  mute: [392],
  unmute: [523],
  otherJoin: [587, 784],
  otherLeave: [784, 587],
  test: [523, 659, 784],
};

const NOTE_SEC = 0.09;
const PEAK = 0.06;
const RELEASE_AFTER_MS = 200;

/** Plays short, quiet tones. */
export class Cues {
  constructor(
    private readonly speakers: Speakers,
    private readonly after: (ms: number, task: () => void) => unknown,
  ) {}

  play(cue: Cue): void {
    const { context, release } = this.speakers.hold();
    const notes = tunes[cue];
    const loudness = cue === "test" ? PEAK * 3 : PEAK;
    notes.forEach((frequency, index) => {
      const at = context.currentTime + 0.01 + index * NOTE_SEC;
      const tone = context.createOscillator();
      const envelope = context.createGain();
      tone.type = "sine";
      tone.frequency.value = frequency;
      envelope.gain.setValueAtTime(0, at);
      envelope.gain.linearRampToValueAtTime(loudness, at + 0.01);
      envelope.gain.exponentialRampToValueAtTime(0.0001, at + NOTE_SEC * 1.6);
      tone.connect(envelope).connect(context.destination);
      tone.start(at);
      tone.stop(at + NOTE_SEC * 1.7);
    });
    this.after(notes.length * NOTE_SEC * 1000 + RELEASE_AFTER_MS, release);
  }
}
