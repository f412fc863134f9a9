// @vitest-environment node
import { expect, it } from "vitest";
import { withoutProbing } from "./probing";

const numbers =
  "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=rtcp-fb:111 transport-cc\r\n";
const line = (mid: string, more = "") =>
  `m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n${more}a=mid:${mid}\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=rtcp-fb:111 nack\r\n`;

it("leaves the numbers to the lines that were not named", () => {
  const session = "v=0\r\ns=-\r\n";
  const answer = session + line("0", numbers) + line("1", numbers) + line("2", numbers);
  expect(withoutProbing(answer, ["0", "1"])).toBe(session + line("0") + line("1") + line("2", numbers));
  expect(withoutProbing("answer", ["0"])).toBe("answer");
});
