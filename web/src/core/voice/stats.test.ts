// @vitest-environment node
import { describe, expect, it } from "vitest";
import { FakePeerConnection } from "../testing/fake-media";
import { StatsMeter } from "./stats";

interface Line {
  received?: number;
  lost?: number;
  bytes?: number;
  concealed?: number;
  samples?: number;
}

function say(pc: FakePeerConnection, mid: string, line: Line) {
  pc.stats.set(`IT${mid}`, {
    id: `IT${mid}`,
    type: "inbound-rtp",
    kind: "audio",
    mid,
    packetsReceived: line.received ?? 0,
    packetsLost: line.lost ?? 0,
    bytesReceived: line.bytes ?? 0,
    concealedSamples: line.concealed ?? 0,
    totalSamplesReceived: line.samples ?? 0,
    jitter: 0.004,
  });
}

function ping(pc: FakePeerConnection, seconds: number, responsesReceived: number) {
  pc.stats.set("T", { id: "T", type: "transport", selectedCandidatePairId: "P" });
  pc.stats.set("L", { id: "L", type: "local-candidate", candidateType: "host" });
  pc.stats.set("P", {
    id: "P",
    type: "candidate-pair",
    localCandidateId: "L",
    currentRoundTripTime: seconds,
    responsesReceived,
  });
}

function reader() {
  const meter = new StatsMeter();
  let now = 0;
  return (connections: FakePeerConnection[], counts: (mid: string | null) => boolean = () => true) => {
    now += 2_000;
    return meter.read(connections as unknown as RTCPeerConnection[], now, counts);
  };
}

describe("the figures of a call", () => {
  it("are what happened between two readings", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    say(pc, "1", { received: 1_000, lost: 500, bytes: 1e6, concealed: 9e5, samples: 1e6 });
    expect(await read([pc])).toMatchObject({ lossPct: null, concealedPct: null, bitrateKbps: null });
    say(pc, "1", {
      received: 1_090,
      lost: 510,
      bytes: 1e6 + 12_000,
      concealed: 9e5 + 960,
      samples: 1e6 + 96_000,
    });
    const stats = await read([pc]);
    expect(stats).toMatchObject({ lossPct: 10, concealedPct: 1, bitrateKbps: 48, jitterMs: 4 });
  });

  it("leave out a slot that was empty at one of them", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    let occupied = ["1"];
    const counts = (mid: string | null) => occupied.includes(mid ?? "");
    say(pc, "1", { samples: 0 });
    say(pc, "2", { samples: 0 });
    await read([pc], counts);
    occupied = ["1", "2"];
    say(pc, "1", { samples: 96_000 });
    say(pc, "2", { samples: 96_000, concealed: 96_000 }); // while it was empty
    expect((await read([pc], counts)).concealedPct).toBe(0);
    say(pc, "1", { samples: 192_000 });
    say(pc, "2", { samples: 192_000, concealed: 96_000 });
    expect((await read([pc], counts)).concealedPct).toBe(0);
  });

  it("are not known in silence", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    say(pc, "1", { concealed: 5_000, samples: 9_000 });
    await read([pc], () => false);
    say(pc, "1", { concealed: 50_000, samples: 99_000 });
    expect(await read([pc], () => false)).toMatchObject({
      lossPct: null,
      concealedPct: null,
      jitterMs: null,
    });
  });

  it("begin anew on another path, whose reports have the same names", async () => {
    const read = reader();
    const [sfu, pair] = [new FakePeerConnection(), new FakePeerConnection()];
    say(sfu, "0", { received: 5_000, bytes: 5e6, samples: 5e6 });
    await read([sfu]);
    say(pair, "0", { received: 10, bytes: 1_000, samples: 960 });
    expect(await read([pair])).toMatchObject({ lossPct: null, concealedPct: null, bitrateKbps: null });
  });

  it("have a round trip once it was measured, and keep it until the next", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    ping(pc, 3, 1); // from when the path was being set up
    expect((await read([pc])).rttMs).toBeNull();
    expect((await read([pc])).rttMs).toBeNull();
    ping(pc, 0.02, 2);
    expect(await read([pc])).toMatchObject({ rttMs: 20, candidateType: "host" });
    expect((await read([pc])).rttMs).toBe(20);
  });
});
