// @vitest-environment node
import { describe, expect, it } from "vitest";
import { FakePeerConnection } from "../testing/fake-media";
import { type Occupant, StatsMeter } from "./stats";

interface Line {
  received?: number;
  lost?: number;
  bytes?: number;
  concealed?: number;
  samples?: number;
  waited?: number;
  emitted?: number;
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
    jitterBufferDelay: line.waited ?? 0,
    jitterBufferEmittedCount: line.emitted ?? 0,
    jitter: 0.004,
  });
}

function ping(pc: FakePeerConnection, seconds: number, responsesReceived: number) {
  pc.stats.set("T", { id: "T", type: "transport", selectedCandidatePairId: "P" });
  pc.stats.set("L", { id: "L", type: "local-candidate", candidateType: "host", protocol: "udp" });
  pc.stats.set("P", {
    id: "P",
    type: "candidate-pair",
    localCandidateId: "L",
    currentRoundTripTime: seconds,
    responsesReceived,
  });
}

/** Reads every two seconds; `occupant` says who is in a slot, and in a test of nobody it is always Anna. */
function reader() {
  const meter = new StatsMeter();
  let now = 0;
  return (
    connections: FakePeerConnection[],
    occupant: (mid: string | null) => Occupant | null = () => anna,
    userId: string | null = null,
  ) => {
    now += 2_000;
    const carriers = connections.map((one) => ({
      connection: one as unknown as RTCPeerConnection,
      userId,
    }));
    return meter.read(carriers, now, (_, mid) => occupant(mid));
  };
}

const anna: Occupant = { userId: "anna", since: 1, fresh: true };
const boris: Occupant = { userId: "boris", since: 2, fresh: true };
const nobody = () => null;

describe("the figures of a call", () => {
  it("are what happened between two readings", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    say(pc, "1", { received: 1_000, lost: 500, bytes: 1e6, concealed: 9e5, samples: 1e6 });
    expect((await read([pc])).stats).toMatchObject({ lossPct: null, concealedPct: null, bitrateKbps: null });
    say(pc, "1", {
      received: 1_090,
      lost: 510,
      bytes: 1e6 + 12_000,
      concealed: 9e5 + 960,
      samples: 1e6 + 96_000,
      waited: 4_800 * 0.06,
      emitted: 4_800,
    });
    const { stats } = await read([pc]);
    expect(stats).toMatchObject({ lossPct: 10, concealedPct: 1, bitrateKbps: 48, jitterMs: 4, bufferMs: 60 });
  });

  it("leave out a slot while nobody is in it", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    let second: Occupant | null = null;
    const who = (mid: string | null) => (mid === "1" ? anna : second);
    say(pc, "1", { samples: 0 });
    say(pc, "2", { samples: 0 });
    await read([pc], who);
    second = boris;
    say(pc, "1", { samples: 96_000 });
    say(pc, "2", { samples: 96_000, concealed: 96_000 }); // while it was empty
    expect((await read([pc], who)).stats.concealedPct).toBe(0);
    say(pc, "1", { samples: 192_000 });
    say(pc, "2", { samples: 192_000, concealed: 96_960 });
    const { stats, people } = await read([pc], who);
    expect(stats.concealedPct).toBe(0.5);
    expect(people.get("anna")).toMatchObject({ concealed: 0, played: 96_000 });
    expect(people.get("boris")).toMatchObject({ concealed: 960, played: 96_000 });
  });

  it("leave out what a slot conceals between one stay in it and the next", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    say(pc, "1", { samples: 0 });
    await read([pc]);
    // Both readings find Anna in it; she was away in between.
    say(pc, "1", { samples: 96_000, concealed: 70_000 });
    expect((await read([pc], () => ({ ...anna, since: 9 }))).stats.concealedPct).toBeNull();
  });

  it("count what an outage has concealed once somebody is heard again", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    say(pc, "1", { samples: 0 });
    await read([pc]);
    say(pc, "1", { samples: 96_000, concealed: 48_000 });
    expect((await read([pc], () => ({ ...anna, fresh: false }))).stats.concealedPct).toBeNull();
    say(pc, "1", { samples: 192_000, concealed: 96_000 });
    expect((await read([pc])).stats.concealedPct).toBe(50);
  });

  it("are not known in silence", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    say(pc, "1", { concealed: 5_000, samples: 9_000 });
    await read([pc], nobody);
    say(pc, "1", { concealed: 50_000, samples: 99_000 });
    expect((await read([pc], nobody)).stats).toMatchObject({
      lossPct: null,
      concealedPct: null,
      jitterMs: null,
      bufferMs: null,
    });
  });

  it("begin anew on another path, whose reports have the same names", async () => {
    const read = reader();
    const [sfu, pair] = [new FakePeerConnection(), new FakePeerConnection()];
    say(sfu, "0", { received: 5_000, bytes: 5e6, samples: 5e6 });
    await read([sfu]);
    say(pair, "0", { received: 10, bytes: 1_000, samples: 960 });
    expect((await read([pair])).stats).toMatchObject({
      lossPct: null,
      concealedPct: null,
      bitrateKbps: null,
    });
  });

  it("have a round trip once it was measured, and keep it until the next", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    ping(pc, 3, 1); // from when the path was being set up
    expect((await read([pc])).stats.rttMs).toBeNull();
    expect((await read([pc])).stats.rttMs).toBeNull();
    ping(pc, 0.02, 2);
    const { stats, pairs } = await read([pc], nobody, "anna");
    expect(stats).toMatchObject({ rttMs: 20, candidateType: "host", protocol: "udp" });
    expect(pairs).toEqual(new Map([["anna", 20]]));
    expect((await read([pc])).stats.rttMs).toBe(20);
  });

  it("tell what is sent, and what the other end has lost of it while something is", async () => {
    const read = reader();
    const pc = new FakePeerConnection();
    const send = (bytesSent: number, fractionLost: number) => {
      pc.stats.set("O", { id: "O", type: "outbound-rtp", kind: "audio", bytesSent });
      pc.stats.set("R", { id: "R", type: "remote-inbound-rtp", kind: "audio", fractionLost });
    };
    send(1_000, 0.5);
    expect((await read([pc])).stats).toMatchObject({ sendKbps: null, sendLossPct: null });
    send(13_000, 0.25);
    expect((await read([pc])).stats).toMatchObject({ sendKbps: 48, sendLossPct: 25 });
    send(13_000, 0.25); // muted: the last report stays
    expect((await read([pc])).stats).toMatchObject({ sendKbps: 0, sendLossPct: null });
  });
});
