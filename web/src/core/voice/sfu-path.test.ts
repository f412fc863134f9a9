// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { FakePeerConnection } from "../testing/fake-media";
import { type InCall, inCall, nothingLeft, online } from "../testing/in-call";
import { qualityWord } from "../testing/quality-word";

afterEach(() => {
  vi.useRealTimers();
});

describe("staying alive", () => {
  it("restarts ICE, then builds a new connection, then joins again", async () => {
    const f = await inCall();
    f.sfu.become("disconnected");
    await f.pass(200);
    expect(f.sfu.restarts).toBe(0);
    await f.pass(200);
    expect(f.sfu.restarts).toBe(1);
    expect(f.state()).toMatchObject({ status: "reconnecting", trouble: { code: "MediaLost" } });
    await f.pass(1_500);
    expect(f.media.connections).toHaveLength(2);
    expect(f.media.open()).toHaveLength(2);
    expect(f.server.socket.sent("voice.join")).toHaveLength(1);
    await f.pass(5_000);
    expect(f.server.socket.sent("voice.join")).toHaveLength(2);
    expect(f.media.open()).toHaveLength(1);
    f.media.open()[0]?.become("connected");
    expect(f.state()).toMatchObject({ status: "connected", trouble: null });
    await f.pass(0);
    const told = f.server.telemetry.map((body) => JSON.parse(body));
    const repairs = told.filter(({ event }) => event === "voice_repair").map(({ meta }) => meta);
    expect(repairs).toMatchObject([
      { step: "ice_restart", cause: "disconnected", ok: false },
      { step: "new_peer_connection", cause: "disconnected", ok: false },
      { step: "rejoin", cause: "disconnected", ok: true },
    ]);
    for (const { ms } of repairs) expect(ms).toBeGreaterThanOrEqual(0);
  });

  it("does nothing when the path comes back by itself", async () => {
    const f = await inCall();
    f.sfu.become("disconnected");
    await f.pass(200);
    f.sfu.become("connected");
    await f.pass(20_000);
    expect(f.sfu.restarts).toBe(0);
    expect(f.media.connections).toHaveLength(1);
  });

  it("says that media is blocked when no path ever comes up", async () => {
    const f = await online();
    await f.core.call.join("general");
    await f.pass(8_100);
    expect(f.state()).toMatchObject({ status: "connecting", trouble: { code: "MediaBlocked" } });
    expect(f.media.open()).toHaveLength(2);
  });

  it("joins again after the server has forgotten it, without a click", async () => {
    const f = await inCall();
    f.server.socket.drop();
    expect(f.state().status).toBe("reconnecting");
    expect(f.media.open()).toHaveLength(1); // the sound goes on meanwhile
    await f.pass(1_000);
    expect(f.server.socket.sent("voice.join")).toHaveLength(1);
    expect(f.media.open()).toHaveLength(1);
    f.media.open()[0]?.become("connected");
    expect(f.state().status).toBe("connected");
    expect(f.media.live()).toHaveLength(1);
  });

  it("joins again when the connection falls once more while it does", async () => {
    const f = await inCall();
    f.server.handlers["voice.join"] = () => {};
    f.server.socket.drop();
    await f.pass(1_000);
    f.server.socket.drop();
    delete f.server.handlers["voice.join"];
    await f.pass(2_000);
    expect(f.server.sockets).toHaveLength(3);
    expect(f.server.socket.sent("voice.join")).toHaveLength(1);
    expect(f.media.open()).toHaveLength(1);
  });

  it("keeps its session when the server resumes it", async () => {
    const f = await inCall();
    f.server.autoReady = false;
    f.server.socket.drop();
    await f.pass(400);
    f.server.socket.say({ type: "server.resumed", payload: { sessionId: "s1", replayed: 0 } });
    await f.pass(0);
    expect(f.state().status).toBe("connected");
    expect(f.server.socket.sent("voice.join")).toHaveLength(0);
    expect(f.media.connections).toHaveLength(1);
  });

  it("lets the old connection serve until the new one is connected", async () => {
    const f = await inCall();
    f.sfu.become("disconnected");
    await f.pass(2_100);
    const [old, next] = f.media.open();
    expect(old).toBe(f.sfu);
    expect(old?.transceivers[0]?.sender.track).toBe(f.media.tracks[0]);
    expect(next?.transceivers[0]?.sender.track).toBe(f.media.tracks[0]);
    next?.become("connected");
    expect(f.media.open()).toEqual([next]);
    expect(f.state()).toMatchObject({ status: "connected", trouble: null });
    await f.pass(20_000);
    expect(f.media.connections).toHaveLength(2);
  });

  it("takes each answer for the offer it answers", async () => {
    const f = await inCall();
    const offers: number[] = [];
    f.server.handlers["sfu.offer"] = (socket, request) => {
      offers.push(offers.length);
      socket.ack(request);
    };
    f.sfu.become("disconnected");
    await f.pass(2_100); // a restart and a new connection, both without an answer yet
    expect(offers).toHaveLength(2);
    f.server.socket.event("sfu.answer", { epoch: 1, sdp: "first" });
    f.server.socket.event("sfu.answer", { epoch: 1, sdp: "second" });
    await f.pass(0);
    expect(f.media.connections.map((one) => one.remoteDescription?.sdp)).toEqual(["first", "second"]);
  });

  it("ends with the server's code when the first offer is refused", async () => {
    const f = await online();
    f.server.handlers["sfu.offer"] = (socket, request) => socket.nack(request, "NegotiationFailed");
    await f.core.call.join("general");
    await f.pass(0);
    expect(f.state()).toMatchObject({ status: "idle", trouble: { code: "NegotiationFailed" } });
    expect(f.server.socket.sent("voice.leave")).toHaveLength(1);
    await f.pass(500);
    nothingLeft(f);
  });

  it("takes the next step at once when a restart is refused", async () => {
    const f = await inCall();
    f.server.handlers["sfu.offer"] = (socket, request) => {
      delete f.server.handlers["sfu.offer"];
      socket.nack(request, "NegotiationFailed");
    };
    f.sfu.become("disconnected");
    await f.pass(1_050);
    expect(f.media.open()).toHaveLength(2);
  });

  it("keeps the microphone's trouble when the path comes up", async () => {
    const f = await online();
    f.media.refusal = "NotAllowedError";
    await f.core.call.join("general");
    await f.pass(0);
    f.media.open()[0]?.become("connected");
    expect(f.state()).toMatchObject({ status: "connected", trouble: { code: "MicrophoneDenied" } });
  });
});

describe("a path that is connected and carries nothing", () => {
  const speak = (f: InCall, ...userIds: string[]) =>
    f.server.socket.event("voice.speaking", { roomSlug: "general", userIds });
  const receive = (pc: FakePeerConnection, packetsReceived: number) =>
    pc.stats.set("in", { id: "in", type: "inbound-rtp", kind: "audio", packetsReceived });

  it("is repaired within three seconds of somebody's speaking", async () => {
    const f = await inCall();
    receive(f.sfu, 100);
    speak(f, "a-other");
    await f.pass(1_600);
    expect(f.sfu.restarts).toBe(1);
    expect(f.state().trouble?.code).toBe("MediaLost");
    await f.pass(1_000);
    expect(f.media.open()).toHaveLength(2);
    f.media.open()[1]?.become("connected");
    const next = f.media.open()[0] as FakePeerConnection;
    receive(next, 1);
    await f.pass(300);
    receive(next, 20);
    await f.pass(300);
    expect(f.state()).toMatchObject({ status: "connected", trouble: null });
  });

  it("goes on to a new session when a new connection carries nothing either", async () => {
    const f = await inCall();
    receive(f.sfu, 100);
    speak(f, "a-other");
    await f.pass(2_600);
    const next = f.media.open()[1] as FakePeerConnection;
    receive(next, 0);
    next.become("connected");
    await f.pass(1_600);
    expect(f.server.socket.sent("voice.join")).toHaveLength(2);
  });

  it("is repaired when the server hears nothing of us at all, one step at a time", async () => {
    const f = await inCall();
    receive(f.sfu, 100);
    const says = (state: "good" | "lost") =>
      f.server.socket.event("voice.quality", qualityWord({ downlink: { state } }));
    says("lost");
    await f.pass(3_000);
    expect(f.sfu.restarts).toBe(0);
    speak(f, "a-other"); // nothing arrives here either
    says("lost");
    await f.pass(500);
    says("lost");
    expect(f.sfu.restarts).toBe(1);
    expect(f.media.connections).toHaveLength(1);
    await f.pass(400);
    expect(f.media.connections).toHaveLength(2);
    f.media.open()[1]?.become("connected");
    says("good");
    const next = f.media.open()[0] as FakePeerConnection;
    for (const packets of [1, 20]) {
      receive(next, packets);
      await f.pass(300);
    }
    speak(f);
    await f.pass(20_000);
    expect(f.state()).toMatchObject({ status: "connected", trouble: null });
    expect(f.media.connections).toHaveLength(2);
    expect(f.server.socket.sent("voice.join")).toHaveLength(1);
  });

  it("is left alone while packets come, in silence, and when it is our own voice", async () => {
    const f = await inCall();
    receive(f.sfu, 100);
    await f.pass(5_000);
    speak(f, "b-self");
    await f.pass(5_000);
    speak(f, "a-other");
    for (let packets = 101; packets < 120; packets++) {
      receive(f.sfu, packets);
      await f.pass(300);
    }
    speak(f);
    await f.pass(5_000);
    f.core.call.setDeafened(true); // and is sent nothing
    speak(f, "a-other");
    await f.pass(5_000);
    expect(f.sfu.restarts).toBe(0);
    expect(f.media.connections).toHaveLength(1);
  });
});
