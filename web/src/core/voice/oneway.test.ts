// @vitest-environment node
import { afterEach, expect, it, vi } from "vitest";
import { inCall } from "../testing/in-call";
import { qualityWord } from "../testing/quality-word";

afterEach(() => {
  vi.useRealTimers();
});

const FEEDBACK =
  "a=rtcp-fb:111 transport-cc\r\na=extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n";

/** In a call where the other is heard and we are, until our packets do not arrive any more. */
async function talking(sdp: string) {
  const f = await inCall();
  const own = { arrives: true };
  const counts = { sent: 0, voice: 0, told: 0 };
  const ticking = setInterval(() => {
    counts.sent += 5;
    counts.voice += 5;
    if (own.arrives) counts.told++;
    for (const pc of f.media.open()) {
      pc.remoteDescription = { type: "answer", sdp };
      pc.stats.set("out", { id: "out", type: "outbound-rtp", kind: "audio", packetsSent: counts.sent });
      pc.stats.set("in", { id: "in", type: "inbound-rtp", kind: "audio", packetsReceived: counts.voice });
      pc.stats.set("t", { id: "t", type: "transport", packetsReceived: counts.voice + counts.told });
    }
  }, 100);
  const receiver = {
    getContributingSources: () => [{ source: 9, timestamp: performance.now(), audioLevel: 0.5 }],
  };
  f.sfu.ontrack?.({ receiver, track: {}, transceiver: { mid: "2" } });
  f.server.socket.event("voice.speaking", { roomSlug: "general", userIds: ["a-other"] });
  await f.pass(4_000);
  expect(f.sfu.restarts).toBe(0);
  return { ...f, own, end: () => clearInterval(ticking) };
}

const told = (f: { server: { telemetry: string[] } }) =>
  f.server.telemetry.map((body) => JSON.parse(body)).filter(({ event }) => event !== "session");

it("a path that carries nothing of ours any more is repaired within 1.2 s, without the server's word", async () => {
  const f = await talking(FEEDBACK);
  f.own.arrives = false;
  await f.pass(1_200);
  expect(f.sfu.restarts).toBe(1);
  expect(f.state().trouble?.code).toBe("MediaLost");
  f.own.arrives = true;
  f.sfu.become("connected");
  await f.pass(1_500);
  f.end();
  expect(f.state()).toMatchObject({ status: "connected", trouble: null });
  expect(f.media.open()).toHaveLength(1);
  const all = told(f);
  expect(all.filter(({ event }) => event === "one_way_audio").map(({ meta }) => meta)).toEqual([
    { side: "uplink" },
  ]);
  const causes = all.filter(({ event }) => event === "voice_repair").map(({ meta }) => meta.cause);
  expect(new Set(causes)).toEqual(new Set(["unheard"]));
});

it("the server's word is not believed just after the voice has come back to it from pairs", async () => {
  const f = await talking("");
  f.change("p2p", "prepare", 5);
  await f.pass(100);
  f.media.connections[1]?.become("connected");
  f.change("p2p", "commit", 5);
  await f.pass(3_000);
  f.change("sfu", "commit", 6);
  await f.pass(500);
  const unheard = () => f.server.socket.event("voice.quality", qualityWord({ uplink: { lossPct: 100 } }));
  unheard();
  await f.pass(1_000);
  expect(f.sfu.restarts).toBe(0);
  await f.pass(1_500);
  unheard();
  await f.pass(1_000);
  f.end();
  expect(f.sfu.restarts).toBe(1);
});

it("where there is no feedback, the server's word is waited for", async () => {
  const f = await talking("");
  f.own.arrives = false;
  await f.pass(20_000);
  f.end();
  expect(f.sfu.restarts).toBe(0);
});
