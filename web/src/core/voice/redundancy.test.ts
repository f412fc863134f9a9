// @vitest-environment node
import { expect, it } from "vitest";
import { offersRedundancy, withRedundancy } from "./redundancy";

const line = (mid: string, formats: string, ...more: string[]) =>
  [
    `m=audio 9 UDP/TLS/RTP/SAVPF ${formats}`,
    "c=IN IP4 127.0.0.1",
    ...more,
    `a=mid:${mid}`,
    "a=recvonly",
    "",
  ].join("\r\n");
const opus = "a=rtpmap:111 opus/48000/2";
const red = "a=rtpmap:63 red/48000/2";
const session = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

it("an answer allows it on a line that lists both", () => {
  const answer = session + line("0", "111 63", opus, red) + line("1", "111", opus);
  expect(offersRedundancy(answer, "0")).toBe(true);
  expect(offersRedundancy(answer, "1")).toBe(false);
  expect(offersRedundancy(answer, "7")).toBe(false);
  expect(offersRedundancy("", "0")).toBe(false);
  // A payload type that is described and not listed is not negotiated.
  expect(offersRedundancy(session + line("0", "111", opus, red), "0")).toBe(false);
});

it("the order says what is sent, on the lines that were named and nowhere else", () => {
  const answer =
    session + line("0", "111 63 9", opus, red) + line("1", "111", opus) + line("2", "111 63", opus, red);
  const on = withRedundancy(answer, ["0", "1"], true);
  expect(on.match(/^m=.*$/gm)).toEqual([
    "m=audio 9 UDP/TLS/RTP/SAVPF 63 111 9",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
  ]);
  expect(withRedundancy(on, ["0", "1"], false)).toBe(answer);
  expect(withRedundancy(answer, ["0", "1"], false)).toBe(answer);
  expect(withRedundancy("answer", ["0"], true)).toBe("answer");
});
