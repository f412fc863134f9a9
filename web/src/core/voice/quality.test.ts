// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { FakePeerConnection } from "../testing/fake-media";
import { type InCall, inCall } from "../testing/in-call";
import { qualityWord, type Word } from "../testing/quality-word";
import { Ladder } from "./ladder";
import { markOf } from "./marks";

afterEach(() => {
  vi.useRealTimers();
});

const says = (f: InCall, downlink: Word["downlink"], uplink: Word["uplink"] = {}) =>
  f.server.socket.event("voice.quality", qualityWord({ downlink, uplink }));

/** One second of a line: what it has counted by then. */
function hear(pc: FakePeerConnection, seconds: number, { lost = 0, concealed = 0, rtt = 0.02 } = {}) {
  pc.stats.set("in", {
    id: "in",
    type: "inbound-rtp",
    kind: "audio",
    mid: "2",
    packetsReceived: 50 * seconds,
    packetsLost: lost,
    concealedSamples: concealed,
    totalSamplesReceived: 48_000 * seconds,
    jitter: 0.004,
  });
  pc.stats.set("T", { id: "T", type: "transport", selectedCandidatePairId: "P" });
  pc.stats.set("P", {
    id: "P",
    type: "candidate-pair",
    currentRoundTripTime: rtt,
    responsesReceived: seconds,
  });
}

/** In a call in which Other is in the first slot. */
async function hearing() {
  const f = await inCall();
  const sources: object[] = [];
  const receiver = { getContributingSources: () => sources, getSynchronizationSources: () => sources };
  f.sfu.ontrack?.({ receiver, track: {}, transceiver: { mid: "2" } });
  f.server.socket.event("voice.slots", { slots: [{ slot: 0, mid: "2", userId: "a-other" }] });
  let seconds = 0;
  let counted = { lost: 0, concealed: 0 };
  /** Some seconds of which each lost so many packets and concealed so many samples. */
  const heard = async (count: number, each: { lost?: number; concealed?: number; rtt?: number } = {}) => {
    for (let i = 0; i < count; i++) {
      seconds++;
      counted = {
        lost: counted.lost + (each.lost ?? 0),
        concealed: counted.concealed + (each.concealed ?? 0),
      };
      hear(f.sfu, seconds, { ...counted, ...(each.rtt === undefined ? {} : { rtt: each.rtt }) });
      await f.pass(1_000);
    }
  };
  return { ...f, heard, receiver, sources };
}

describe("a mark", () => {
  it("is the worst of what is known, and unknown of nothing", () => {
    expect(markOf({})).toBe("unknown");
    expect(markOf({ concealedPct: null, state: null })).toBe("unknown");
    expect(markOf({ concealedPct: 0 })).toBe("good");
    expect(markOf({ concealedPct: 3, rttMs: 20 })).toBe("fair");
    expect(markOf({ concealedPct: 0, lossPct: 9 })).toBe("poor");
    expect(markOf({ rttMs: 300, state: "good" })).toBe("fair");
    expect(markOf({ concealedPct: 9, state: "lost" })).toBe("lost");
  });

  it("of others is what is sent to us and what of them is made up", async () => {
    const f = await hearing();
    expect(f.state().marks).toEqual({ "b-self": "unknown", "a-other": "unknown" });
    await f.heard(3);
    expect(f.state().marks).toEqual({ "b-self": "good", "a-other": "good" });
    await f.heard(5, { concealed: 1_500 });
    expect(f.state().marks["a-other"]).toBe("fair");
    await f.heard(5, { concealed: 6_000 });
    expect(f.state().marks["a-other"]).toBe("poor");
    await f.heard(6);
    expect(f.state().marks["a-other"]).toBe("good");
    says(f, { state: "fair", redundancy: 1, reason: "loss" });
    expect(f.state().marks["a-other"]).toBe("fair");
  });

  it("of ourselves is what is lost of what we send, and the server's word", async () => {
    const f = await hearing();
    says(f, {});
    await f.heard(5, { lost: 20, concealed: 6_000 }); // somebody else's loss, or one that is repaired
    expect(f.state().marks).toEqual({ "b-self": "good", "a-other": "poor" });
    says(f, {}, { lossPct: 5 });
    expect(f.state().marks["b-self"]).toBe("fair");
    says(f, { state: "lost" }, { lossPct: 5 });
    expect(f.state().marks["b-self"]).toBe("lost");
    says(f, {});
    await f.heard(1, { rtt: 0.5 });
    expect(f.state().marks["b-self"]).toBe("poor");
  });

  it("on pairs is of the pairs alone", async () => {
    const f = await hearing();
    says(f, { state: "poor" }, { lossPct: 30 });
    f.change("p2p", "prepare", 5);
    await f.pass(0);
    const pair = f.media.connections[1] as FakePeerConnection;
    pair.ontrack?.({ receiver: f.receiver, track: {} });
    pair.become("connected");
    f.change("p2p", "commit", 5);
    for (let seconds = 1; seconds < 8; seconds++) {
      hear(pair, seconds);
      await f.pass(1_000);
    }
    expect(f.state().marks).toEqual({ "b-self": "good", "a-other": "good" });
    for (let seconds = 8; seconds < 14; seconds++) {
      hear(pair, seconds, { lost: 3 * (seconds - 7) });
      await f.pass(1_000);
    }
    expect(f.state().marks).toEqual({ "b-self": "fair", "a-other": "fair" });
  });

  it("is unknown while there is no path", async () => {
    const f = await hearing();
    await f.heard(3);
    f.sfu.become("disconnected");
    await f.pass(1_000);
    expect(f.state().marks).toEqual({ "b-self": "unknown", "a-other": "unknown" });
    await f.core.call.leave();
    expect(f.state()).toMatchObject({ marks: {}, stats: null, quality: null });
    expect(f.core.call.trace()).toBeNull();
  });
});

describe("voice.stats", () => {
  it("comes every five seconds and is of all of them", async () => {
    const f = await hearing();
    await f.heard(1); // begins to count
    await f.heard(2, { concealed: 4_800, lost: 50 });
    await f.heard(3);
    const reports = f.server.socket.sent("voice.stats").map(({ payload }) => payload);
    expect(reports).toEqual([
      {
        rttMs: 20,
        jitterMs: 4,
        lossPct: (100 * 100) / 300,
        concealedPct: 5,
        iceState: "new",
      },
    ]);
    await f.heard(5);
    expect(f.server.socket.sent("voice.stats").map(({ payload }) => payload.concealedPct)).toEqual([5, 0]);
  });

  it("leaves out what is not known", async () => {
    const f = await inCall();
    await f.pass(5_100);
    expect(f.server.socket.sent("voice.stats").map(({ payload }) => payload)).toEqual([{ iceState: "new" }]);
  });
});

describe("what is kept to be looked at", () => {
  it("is two minutes of readings", async () => {
    const f = await inCall();
    await f.pass(130_000);
    const samples = f.core.call.trace()?.samples ?? [];
    expect(samples).toHaveLength(120);
    expect((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)).toBe(119_000);
  });

  it("is the steps of the ladder, with their reasons, newest first", async () => {
    const f = await inCall();
    says(f, {}); // as everything begins: no step
    says(f, { state: "fair", redundancy: 1, reason: "loss" });
    says(f, { state: "fair", redundancy: 1, reason: "loss", lossPct: 7 }); // nothing new
    await f.pass(3_000);
    says(f, { state: "poor", layer: "low", redundancy: 2, frameMs: 60, slots: 2, reason: "sunspots" });
    const now = Date.now();
    expect(f.core.call.trace()?.steps).toEqual([
      { at: now, reason: "sunspots", layer: "low", redundancy: 2, frameMs: 60, slots: 2 },
      { at: now - 3_000, reason: "loss", redundancy: 1 },
    ]);
    expect(f.state().quality?.downlink.layer).toBe("low");
  });

  it("is bounded", () => {
    const ladder = new Ladder();
    for (let i = 0; i < 100; i++) ladder.hear(qualityWord({ downlink: { redundancy: i % 2 } }), i);
    expect(ladder.steps).toHaveLength(20);
    expect(ladder.steps[0]?.at).toBe(99);
  });
});
