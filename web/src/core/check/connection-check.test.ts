// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { FakePeerConnection } from "../testing/fake-media";
import { inCall, nothingLeft, online } from "../testing/in-call";
import type { Way } from "./model";

afterEach(() => {
  vi.useRealTimers();
});

const servers = [
  { urls: ["stun:talk.example:3478"] },
  {
    urls: [
      "turn:talk.example:3478?transport=udp",
      "turn:talk.example:3478?transport=tcp",
      "turns:talk.example:443",
    ],
    username: "u",
    credential: "secret",
  },
];

const BOTH =
  "v=0\r\na=candidate:1 1 udp 1 192.0.2.1 7882 typ host\r\na=candidate:2 1 tcp 1 192.0.2.1 7881 typ host tcptype passive\r\na=end-of-candidates\r\n";

/** Which of the ways the network lets through: what a connection is made with, and what it is answered. */
type Passes = (config: RTCConfiguration, answer: string) => boolean;

function url(config: RTCConfiguration): string {
  return String([config.iceServers?.[0]?.urls].flat()[0] ?? "");
}

/** A network for the fakes: connections come up or do not, and count packets when they have. */
function network(
  f: Awaited<ReturnType<typeof online>>,
  passes: Passes,
  packets = { received: 120, lost: 6 },
) {
  f.media.onConnection = (pc: FakePeerConnection, config = {}) => {
    const { setRemoteDescription, setLocalDescription } = pc;
    let reads = 0;
    pc.setLocalDescription = async () => {
      await setLocalDescription.call(pc);
      const relayed = config.iceTransportPolicy === "relay";
      if (relayed && !passes(config, "")) queueMicrotask(() => pc.onicecandidate?.({ candidate: null }));
      if (relayed && passes(config, "")) queueMicrotask(() => pc.onicecandidate?.({ candidate: {} }));
      if (url(config).startsWith("stun:")) {
        const host = { candidate: "host", type: "host", address: "10.0.0.2", port: 5000 };
        const srflx = {
          candidate: "srflx",
          type: "srflx",
          address: "198.51.100.1",
          port: 6000,
          relatedPort: 0,
        };
        queueMicrotask(() => {
          for (const candidate of [host, srflx, null]) pc.onicecandidate?.({ candidate });
        });
      }
    };
    pc.setRemoteDescription = async (description) => {
      await setRemoteDescription.call(pc, description);
      if (passes(config, description.sdp)) pc.become("connected");
    };
    pc.getStats = async () => {
      reads++;
      return new Map<string, Record<string, unknown>>([
        [
          "in",
          {
            id: "in",
            type: "inbound-rtp",
            packetsReceived: reads * packets.received,
            packetsLost: reads * packets.lost,
          },
        ],
        ["t", { id: "t", type: "transport", selectedCandidatePairId: "pair" }],
        [
          "pair",
          {
            id: "pair",
            type: "candidate-pair",
            localCandidateId: "l",
            remoteCandidateId: "r",
            currentRoundTripTime: 0.04,
          },
        ],
        ["l", { id: "l", type: "local-candidate", candidateType: "host", address: "10.0.0.2", port: 5000 }],
        ["r", { id: "r", type: "remote-candidate", candidateType: "host", address: "192.0.2.1", port: 7882 }],
      ]);
    };
  };
}

async function tested(f: Awaited<ReturnType<typeof online>>): Promise<Record<string, Way>> {
  void f.core.checks.start();
  await f.pass(120_000);
  const { status, ways } = f.core.check.getState();
  expect(status).toBe("done");
  return Object.fromEntries(ways.map((way) => [way.id, way]));
}

describe("the test of the connection", () => {
  it("tries each way by itself, and leaves nothing", async () => {
    const f = await online();
    f.server.voiceTest = { iceServers: servers, p2pMax: 2 };
    f.server.voiceTestSdp = BOTH;
    const made: string[] = [];
    network(f, (config, answer) => {
      if (answer)
        made.push(`${config.iceTransportPolicy} ${url(config)} ${/ (udp|tcp) 1 /.exec(answer)?.[1]}`);
      return true;
    });
    const ways = await tested(f);
    expect(Object.values(ways).map(({ id, state }) => `${id} ${state}`)).toEqual([
      "signalling works",
      "udp works",
      "tcp works",
      "turn-udp works",
      "turn-tcp works",
      "turn-tls works",
      "p2p unknown",
    ]);
    // Two connections each, with nothing but the way in question.
    expect([...new Set(made)]).toEqual([
      "all  udp",
      "all  tcp",
      "relay turn:talk.example:3478?transport=udp udp",
      "relay turn:talk.example:3478?transport=tcp udp",
      "relay turns:talk.example:443 udp",
    ]);
    expect(made).toHaveLength(10);
    expect(ways.udp).toMatchObject({ rttMs: 40, candidateType: "host", failure: null });
    expect(ways.udp?.lossPct).toBeCloseTo(4.76, 1);
    expect(ways.p2p?.note).toBe("mapped");
    expect(f.core.check.getState().version).toBe("1.2.3");
    nothingLeft(f);
    expect(f.server.voiceTests.size).toBe(0);
    expect(f.media.connections.every((pc) => pc.transceivers.length === 1)).toBe(true);
  });

  it("says off of what the server does not offer", async () => {
    const f = await online();
    f.server.voiceTest = { iceServers: [], p2pMax: 0 };
    network(f, () => true);
    const ways = await tested(f);
    expect(ways.udp?.state).toBe("works");
    for (const id of ["tcp", "turn-udp", "turn-tcp", "turn-tls"]) {
      expect(ways[id]).toMatchObject({ state: "off", note: "notOffered", failure: null });
    }
    expect(ways.p2p).toMatchObject({ state: "off", note: "serverOnly" });
    nothingLeft(f);
  });

  it("names the class of what fails, and goes on", async () => {
    const f = await online();
    f.server.voiceTest = { iceServers: servers, p2pMax: 2 };
    f.server.voiceTestSdp = BOTH;
    network(f, (config, answer) => url(config).startsWith("turns:") || / tcp 1 /.test(answer));
    const ways = await tested(f);
    expect(ways.udp).toMatchObject({ state: "fails", failure: "ice_failed", note: "noAnswer" });
    expect(ways.tcp?.state).toBe("works");
    expect(ways["turn-udp"]).toMatchObject({ state: "fails", failure: "turn_failed", note: "noRelay" });
    expect(ways["turn-tls"]?.state).toBe("works");
    nothingLeft(f);
  });

  it("does not call a way good on which nothing comes", async () => {
    const f = await online();
    network(f, () => true, { received: 0, lost: 0 });
    expect((await tested(f)).udp).toMatchObject({ state: "fails", failure: "ice_failed", note: "noSound" });
    f.media.audioState = "suspended";
    expect((await tested(f)).udp).toMatchObject({ state: "fails", failure: "autoplay_blocked" });
  });

  it("says of a hidden address that nothing goes directly", async () => {
    const f = await online();
    f.core.setPreference("hideAddress", true);
    network(f, () => true);
    expect((await tested(f)).p2p).toMatchObject({ state: "off", note: "hidden" });
  });

  it("tells a server that is away from a sign-in that is refused", async () => {
    const f = await online();
    f.server.reachable = false;
    f.server.socket.onclose?.({ code: 1006, reason: "" });
    expect((await tested(f)).signalling).toMatchObject({ state: "fails", failure: "signalling_network" });
    expect(f.core.check.getState().error?.code).toBe("ServerUnreachable");
    expect(f.media.connections).toHaveLength(0);
  });

  it("stops at once, and waits where the server has too many", async () => {
    const f = await online();
    network(f, () => false);
    void f.core.checks.start();
    await f.pass(1_000);
    f.core.checks.stop();
    await f.pass(0);
    expect(f.core.check.getState().ways.map((way) => way.state)).toEqual([
      "works",
      "skipped",
      "skipped",
      "off",
      "off",
      "off",
      "skipped",
    ]);
    nothingLeft(f);
    expect(f.server.voiceTests.size).toBe(0);
    f.server.voiceTest = { error: "RateLimited", status: 429 };
    const ways = await tested(f);
    expect(ways.udp?.state).toBe("skipped");
    expect(f.core.check.getState().error?.code).toBe("RateLimited");
  });

  it("does not touch the call that goes on", async () => {
    const f = await inCall();
    f.server.voiceTest = { iceServers: servers, p2pMax: 2 };
    network(f, () => true);
    const sent = f.server.socket.requests.filter(
      ({ type }) => type.startsWith("voice.") || type.startsWith("sfu."),
    );
    expect((await tested(f)).udp?.state).toBe("works");
    expect(f.state().status).toBe("connected");
    expect(f.sfu.closed).toBe(false);
    const after = f.server.socket.requests.filter(({ type }) => ["voice.join", "sfu.offer"].includes(type));
    expect(after.length).toBe(sent.filter(({ type }) => ["voice.join", "sfu.offer"].includes(type)).length);
    expect(f.media.open()).toEqual([f.sfu]);
  });
});

describe("the microphone's trial", () => {
  it("records three seconds, muted or not, and plays them", async () => {
    const f = await inCall();
    f.core.call.setMuted(true);
    const ended = f.core.checks.record();
    await f.pass(2_900);
    expect(f.core.check.getState().microphone.state).toBe("recording");
    await f.pass(200);
    expect(f.core.check.getState().microphone).toMatchObject({ state: "works", playing: true });
    expect(f.core.check.getState().microphone.peakDbfs).toBeCloseTo(-6, 0);
    await f.pass(3_000);
    await ended;
    expect(f.core.check.getState().microphone.playing).toBe(false);
    expect(f.media.live()).toHaveLength(1); // the call's own
  });

  it("tells of silence", async () => {
    const f = await online();
    f.media.loudest = 0.0001;
    void f.core.checks.record();
    await f.pass(3_100);
    expect(f.core.check.getState().microphone.state).toBe("silent");
    await f.pass(3_000);
    nothingLeft(f);
  });

  it.each([
    ["NotAllowedError", "MicrophoneDenied"],
    ["NotReadableError", "MicrophoneBusy"],
    ["NotFoundError", "MicrophoneNotFound"],
  ])("says what stands against it: %s", async (name, code) => {
    const f = await online();
    f.media.refusal = name;
    await expect(f.core.checks.record()).rejects.toMatchObject({ code });
    expect(f.core.check.getState().microphone).toMatchObject({ state: "fails", error: { code } });
    await expect(f.core.checks.meter(() => {})).rejects.toMatchObject({ code });
    nothingLeft(f);
  });
});
