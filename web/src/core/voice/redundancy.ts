/**
 * Whether a browser sends its packets with earlier ones repeated (audio/red,
 * RFC 2198) follows the order of the payload types in the answer, and nothing
 * else: Chromium 156 takes RTCRtpEncodingParameters.codec for audio/red, says
 * that it is set, and goes on sending plain Opus. So the answer is set again
 * with its two first payload types in the wanted order, which the server need
 * not know of: both are negotiated, and nothing but the browser's choice changes.
 */

const RTPMAP = /^a=rtpmap:(\d+) (opus|red)\/48000/i;

/** Whether the answer lets the line of `mid` send audio/red beside Opus. */
export function offersRedundancy(answer: string, mid: string): boolean {
  return sections(answer).some((section) => midOf(section) === mid && types(section) !== null);
}

/**
 * The answer with audio/red before Opus, or after it, on the lines of `mids`;
 * lines without both stay as they are.
 */
export function withRedundancy(answer: string, mids: readonly string[], on: boolean): string {
  return sections(answer)
    .map((section) => {
      const both = types(section);
      if (!both || !mids.includes(midOf(section) ?? "")) return section;
      const first = on ? [both.red, both.opus] : [both.opus, both.red];
      return section.replace(/^m=audio (\S+) (\S+) ([^\r\n]*)/, (_, port, proto, formats: string) => {
        const rest = formats.split(" ").filter((format) => !first.includes(format));
        return `m=audio ${port} ${proto} ${[...first, ...rest].join(" ")}`;
      });
    })
    .join("");
}

/** The session part and each m-section, line ends included. */
function sections(sdp: string): string[] {
  return sdp.split(/^(?=m=)/m);
}

function midOf(section: string): string | undefined {
  return /^a=mid:(\S+)/m.exec(section)?.[1];
}

/** The payload types of Opus and of audio/red; null unless the section lists both. */
function types(section: string): { opus: string; red: string } | null {
  const listed = /^m=audio \S+ \S+ ([^\r\n]*)/.exec(section)?.[1]?.split(" ") ?? [];
  const found: Record<string, string> = {};
  for (const line of section.split(/\r?\n/)) {
    const [, type, codec] = RTPMAP.exec(line) ?? [];
    if (type && codec && listed.includes(type)) found[codec.toLowerCase()] ??= type;
  }
  const { opus, red } = found;
  return opus && red ? { opus, red } : null;
}
