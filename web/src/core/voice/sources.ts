/**
 * Who is heard on a receiver, from what the browser knows of its packets.
 * Timestamps of sources have been given on two clocks by browsers: the page's
 * own (performance.now) and the epoch's.
 */
const EPOCH_MS = 1e11;

function ageMs(timestamp: number): number {
  const now = performance.now();
  return timestamp > EPOCH_MS ? performance.timeOrigin + now - timestamp : now - timestamp;
}

/** 0..1; browsers give that, the header extension itself is -dBov (RFC 6465). */
function amplitude(audioLevel: number | undefined): number | null {
  if (audioLevel === undefined || audioLevel === null) return null;
  return audioLevel > 1 ? 10 ** (-audioLevel / 20) : audioLevel;
}

export interface Heard {
  source: number;
  /** Since its last packet was played. */
  ageMs: number;
  /** Amplitude 0..1; null when packets carry no level. */
  amplitude: number | null;
}

/**
 * The one CSRC of the newest packet; old ones linger in the browser's list. How
 * old that packet is, its SSRC tells as well: Firefox ESR 153 dates a CSRC a
 * second and more before the SSRC of the same packet.
 */
export function contributing(receiver: RTCRtpReceiver): Heard | null {
  const heard = newest(receiver.getContributingSources?.() ?? []);
  const packet = heard && synchronization(receiver);
  return packet ? { ...heard, ageMs: Math.min(heard.ageMs, packet.ageMs) } : heard;
}

/** The SSRC of a pair's packets. */
export function synchronization(receiver: RTCRtpReceiver): Heard | null {
  return newest(receiver.getSynchronizationSources?.() ?? []);
}

function newest(sources: RTCRtpContributingSource[]): Heard | null {
  let latest: RTCRtpContributingSource | null = null;
  for (const source of sources) {
    if (!latest || source.timestamp > latest.timestamp) latest = source;
  }
  if (!latest) return null;
  return {
    source: latest.source,
    ageMs: ageMs(latest.timestamp),
    amplitude: amplitude(latest.audioLevel),
  };
}
