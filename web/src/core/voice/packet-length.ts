/**
 * How long the audio of a packet is. Chromium 156 takes a=ptime (RFC 8866
 * section 6.4) of an answer that is set again, for each line by itself, and makes
 * its packets so at once, up to 120 ms. The server need not know: a receiver of
 * Opus takes every length.
 */

/** What Opus and browsers can do, ms; the first is what they do unasked. */
const LENGTHS = [20, 40, 60, 120] as const;

/** The length that is asked for, or the next shorter one that there is. */
export function packetLength(wanted: number | undefined): number {
  return LENGTHS.findLast((ms) => wanted !== undefined && ms <= wanted) ?? LENGTHS[0];
}

/** The answer with packets of that length on the lines of `mids`. */
export function withPacketLength(answer: string, mids: readonly string[], ms: number): string {
  if (ms === LENGTHS[0]) return answer;
  return answer
    .split(/^(?=m=)/m)
    .map((section) => {
      const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
      if (mid === undefined || !mids.includes(mid)) return section;
      return section.replace(/^a=mid:\S+/m, (line) => `a=ptime:${ms}\r\n${line}`);
    })
    .join("");
}
