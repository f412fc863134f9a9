/**
 * A browser whose packets have transport-wide numbers finds out what its line
 * carries with bursts of padding: Chromium 156 sends 5 kB of it when a sender
 * that was parked goes on, which are two seconds of queue on an uplink of 20 kbit/s.
 * The server judges the uplink by the voice itself, and says what to send. So the
 * microphone's lines go without the numbers while the uplink is as thin as that; else
 * they stay, for by its own estimate a browser also sends less feedback of what it hears.
 */

const NUMBERS = /^a=(?:extmap:\S+ \S*transport-wide-cc\S*|rtcp-fb:\S+ transport-cc)\s*\r?\n/gm;

/** The answer without transport-wide numbers on the lines of `mids`. */
export function withoutProbing(answer: string, mids: readonly string[]): string {
  return answer
    .split(/^(?=m=)/m)
    .map((section) => {
      const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
      return mid !== undefined && mids.includes(mid) ? section.replace(NUMBERS, "") : section;
    })
    .join("");
}
