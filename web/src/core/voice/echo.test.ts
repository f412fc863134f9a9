// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../platform";
import { Scope } from "../scope";
import { Echo } from "./echo";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const FEEDBACK =
  "a=rtcp-fb:111 transport-cc\r\na=extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n";

/** A path that sends and is answered at given intervals, ms; null: not at all. */
function path(sdp = FEEDBACK) {
  const it = {
    sentEvery: 20,
    cameEvery: 100 as number | null,
    sent: 0,
    came: 0,
    ageMs: null as number | null,
  };
  const told: string[] = [];
  const scope = new Scope(systemClock);
  const connection = {
    remoteDescription: { sdp },
    getStats: async () =>
      new Map([
        ["a", { type: "outbound-rtp", kind: "audio", packetsSent: Math.floor(it.sent) }],
        ["t", { type: "transport", packetsReceived: Math.floor(it.came) }],
      ]),
  } as unknown as RTCPeerConnection;
  scope.every(10, () => {
    it.sent += 10 / it.sentEvery;
    if (it.cameEvery !== null) it.came += 10 / it.cameEvery;
  });
  new Echo(scope, {
    now: systemClock.now,
    connection: () => connection,
    ageMs: () => it.ageMs,
    silent: () => told.push("silent"),
    alive: () => {
      if (told.at(-1) !== "alive") told.push("alive");
    },
  });
  return { it, told, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

test("a path that answers nothing is silent within a second, and alive when it answers", async () => {
  const { it, told, pass } = path();
  await pass(2_000);
  expect(told).toEqual(["alive"]);
  it.cameEvery = null;
  await pass(1_000);
  expect(told).toEqual(["alive", "silent"]);
  it.cameEvery = 100;
  await pass(1_000);
  expect(told).toEqual(["alive", "silent", "alive"]);
});

test("a server that hears nothing shows though it reports", async () => {
  const { it, told, pass } = path();
  await pass(2_000);
  it.cameEvery = 2_000;
  await pass(1_200);
  expect(told).toEqual(["alive", "silent"]);
});

test("reports that are rare without feedback are no silence", async () => {
  const { it, told, pass } = path("");
  it.cameEvery = 2_000;
  await pass(60_000);
  expect(told).toEqual(["alive"]);
});

test("a silent room is left alone: nothing said, or silence that is answered", async () => {
  for (const [sentEvery, cameEvery] of [
    [400, 400],
    [1e9, 1e9],
    [400, 800],
  ] as const) {
    const { it, told, pass } = path();
    Object.assign(it, { sentEvery, cameEvery });
    await pass(60_000);
    expect(told).not.toContain("silent");
  }
});

test("who is heard is not counted", async () => {
  const { it, told, pass } = path();
  it.cameEvery = null;
  it.ageMs = 20;
  await pass(10_000);
  expect(told).toEqual(["alive"]);
  it.ageMs = 5_000;
  await pass(1_500);
  expect(told).toContain("silent");
});
