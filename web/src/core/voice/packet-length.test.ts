// @vitest-environment node
import { expect, it } from "vitest";
import { packetLength, withPacketLength } from "./packet-length";

it("is one that there is, and 20 ms where none is wanted", () => {
  const wanted = [undefined, Number.NaN, -1, 0, 20, 39, 40, 60, 80, 120, 1e9];
  expect(wanted.map(packetLength)).toEqual([20, 20, 20, 20, 20, 20, 40, 60, 60, 120, 120]);
});

it("stands on the lines that were named and nowhere else", () => {
  const line = (mid: string) => `m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:${mid}\r\na=recvonly\r\n`;
  const answer = `v=0\r\ns=-\r\n${line("0")}${line("1")}${line("10")}`;
  expect(withPacketLength(answer, ["0", "1"], 20)).toBe(answer);
  const long = withPacketLength(answer, ["0", "1"], 60);
  expect(long.match(/^a=.*$/gm)).toEqual([
    "a=ptime:60",
    "a=mid:0",
    "a=recvonly",
    "a=ptime:60",
    "a=mid:1",
    "a=recvonly",
    "a=mid:10",
    "a=recvonly",
  ]);
  expect(long.replaceAll("a=ptime:60\r\n", "")).toBe(answer);
  expect(withPacketLength("answer", ["0"], 60)).toBe("answer");
});
