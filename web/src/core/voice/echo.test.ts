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

/** Numbers from 0 to 1, the same ones each time. */
function dice(): () => number {
  let state = 12345;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A path that sends and is answered at given intervals, ms; null: not at all. */
function path(sdp = FEEDBACK) {
  const it = {
    sentEvery: 20,
    cameEvery: 100 as number | null,
    sent: 0,
    came: 0,
    /** Packets of others' voices, of those that came. */
    voice: 0,
    voiceEvery: null as number | null,
    /** What is lost each way, 0..1. */
    loss: 0,
    ageMs: null as number | null,
    muted: false,
    /** What was read of all that came and not yet of the voices, at most. */
    ahead: 0,
  };
  const random = dice();
  const told: string[] = [];
  const scope = new Scope(systemClock);
  const connection = {
    remoteDescription: { sdp },
    getStats: async () =>
      new Map([
        ["a", { type: "outbound-rtp", kind: "audio", packetsSent: Math.floor(it.sent) }],
        [
          "i",
          {
            type: "inbound-rtp",
            kind: "audio",
            packetsReceived: Math.floor(it.voice - random() ** 8 * it.ahead),
          },
        ],
        ["t", { type: "transport", packetsReceived: Math.floor(it.came) + Math.floor(it.voice) }],
      ]),
  } as unknown as RTCPeerConnection;
  scope.every(10, () => {
    it.sent += 10 / it.sentEvery;
    // Of several packets that are told of at once some have arrived.
    if (
      it.cameEvery !== null &&
      (Math.floor(it.came + 10 / it.cameEvery) === Math.floor(it.came) || random() >= it.loss)
    )
      it.came += 10 / it.cameEvery;
    else if (it.cameEvery !== null) it.came += 10 / it.cameEvery - 1;
    if (it.voiceEvery !== null) it.voice += 10 / it.voiceEvery;
  });
  new Echo(scope, {
    now: systemClock.now,
    connection: () => connection,
    ageMs: () => it.ageMs,
    talks: () => !it.muted,
    arrives: (well) => told.push(well ? "arrives" : "lost"),
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

test("who is heard is not counted while we say nothing", async () => {
  const { it, told, pass } = path();
  it.muted = true;
  it.cameEvery = null;
  it.ageMs = 20;
  await pass(10_000);
  expect(told).toEqual(["alive"]);
  it.ageMs = 5_000;
  await pass(1_500);
  expect(told).toContain("silent");
});

test("what does not arrive any more shows while others are heard, and when it does again", async () => {
  const { it, told, pass } = path();
  Object.assign(it, { ageMs: 20, voiceEvery: 20 });
  await pass(5_000);
  expect(told).toEqual(["alive"]);
  it.cameEvery = 2_000; // reports go on
  await pass(1_200);
  expect(told).toEqual(["alive", "lost", "alive"]);
  it.cameEvery = 100;
  await pass(600);
  expect(told.filter((word) => word !== "alive")).toEqual(["lost", "arrives"]);
});

test("a path that was dead both ways and comes back is not dead in ours", async () => {
  const { it, told, pass } = path();
  Object.assign(it, { ageMs: 20, voiceEvery: 20 });
  await pass(5_000);
  Object.assign(it, { ageMs: 5_000, voiceEvery: null, cameEvery: null });
  await pass(3_000);
  Object.assign(it, { ageMs: 20, voiceEvery: 20 }); // the voice first
  await pass(300);
  it.cameEvery = 100;
  await pass(2_000);
  expect(new Set(told)).toEqual(new Set(["alive", "silent"]));
});

test("counts that are not of one moment are not taken for answers, nor for their end", async () => {
  const { it, told, pass } = path();
  Object.assign(it, { ageMs: 20, voiceEvery: 20, ahead: 12 });
  await pass(300_000);
  expect(told).toEqual(["alive"]);
  it.cameEvery = 2_000;
  await pass(3_000);
  expect(told).toContain("lost");
});

test("it is over when we say nothing any more, or other paths carry the voice", async () => {
  const { it, told, pass } = path();
  Object.assign(it, { ageMs: 20, voiceEvery: 20 });
  await pass(2_000);
  it.cameEvery = null;
  await pass(1_500);
  expect(told).toContain("lost");
  it.muted = true;
  await pass(200);
  expect(told.filter((word) => word !== "alive")).toEqual(["lost", "arrives"]);
});

test("a path that loses a third of what is told, for ten minutes, is not taken for dead, heard or not", async () => {
  for (const heard of [true, false]) {
    const { it, told, pass } = path();
    Object.assign(it, { loss: 0.3, ...(heard ? { ageMs: 20, voiceEvery: 20 } : {}) });
    await pass(600_000);
    expect(told).toEqual(["alive"]);
    it.cameEvery = null;
    await pass(2_500); // and is seen when it dies
    expect(told.slice(0, 2)).toEqual(["alive", heard ? "lost" : "silent"]);
  }
});

test("our silence on a path that loses a third each way is no dead path, and is seen when it dies", async () => {
  const { it, told, pass } = path();
  Object.assign(it, { sentEvery: 400, cameEvery: 400, loss: 0.51 });
  await pass(600_000);
  expect(told).toEqual(["alive"]);
  Object.assign(it, { loss: 0 });
  await pass(60_000);
  it.cameEvery = null;
  await pass(7_000);
  expect(told).toEqual(["alive", "silent"]);
});

test("without feedback nobody is told that nothing arrives", async () => {
  const { it, told, pass } = path("");
  Object.assign(it, { ageMs: 20, voiceEvery: 20, cameEvery: 2_000 });
  await pass(10_000);
  it.cameEvery = null;
  await pass(30_000);
  expect(told).toEqual(["alive"]);
});
