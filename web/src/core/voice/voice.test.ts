// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { FakePeerConnection } from "../testing/fake-media";
import { inCall, nothingLeft, online } from "../testing/in-call";

afterEach(() => {
  vi.useRealTimers();
});

describe("joining", () => {
  it("shows at once, offers the microphone and then the slots, and connects", async () => {
    const f = await online();
    let shown = f.state();
    f.server.handlers["voice.join"] = (socket, request) => {
      shown = f.state();
      socket.ack(request);
      f.server.voiceJoined(socket, "general");
    };
    await f.core.call.join("general");
    expect(shown).toMatchObject({ status: "joining", roomSlug: "general" });
    expect(shown.participants.map((one) => one.userId)).toEqual(["b-self"]);
    await f.pass(0);
    const [pc] = f.media.open();
    expect(pc?.transceivers.map((one) => one.direction)).toEqual([
      "sendonly",
      "sendonly",
      ...Array(4).fill("recvonly"),
    ]);
    expect(f.server.socket.sent("sfu.offer")[0]?.payload).toMatchObject({
      epoch: 1,
      tracks: [
        { mid: "0", source: "mic", layer: "high" },
        { mid: "1", source: "mic", layer: "low" },
      ],
    });
    expect(pc?.transceivers[0]?.sender.track).toBe(f.media.tracks[0]);
    expect(f.state().status).toBe("connecting");
    pc?.become("connected");
    expect(f.state().status).toBe("connected");
    expect(f.state().participants.map((one) => one.userId)).toEqual(["b-self", "a-other"]);
  });

  it("waits for a connection that is on its way", async () => {
    const f = await online();
    f.server.socket.drop();
    await f.pass(0);
    expect(f.core.connection.getState().status).toBe("reconnecting");
    const join = f.core.call.join("general");
    expect(f.state()).toMatchObject({ status: "joining", roomSlug: "general" });
    await f.pass(5_000);
    await join;
    expect(f.state().status).toBe("connecting");
  });

  it("is given up when there is no connection in time, and when one leaves meanwhile", async () => {
    const f = await online();
    f.server.reachable = false;
    f.server.socket.drop();
    await f.pass(0);
    const late = f.core.call.join("general");
    const refused = expect(late).rejects.toMatchObject({ code: "ServerUnreachable" });
    await f.pass(9_000);
    await refused;
    expect(f.state().status).toBe("idle");
    void f.core.call.join("general").catch(() => {});
    await f.core.call.leave();
    f.server.reachable = true;
    await f.pass(60_000);
    expect(f.state().status).toBe("idle");
    nothingLeft(f);
  });

  it("is undone when the room is full", async () => {
    const f = await online();
    f.server.handlers["voice.join"] = (socket, request) => socket.nack(request, "RoomFull");
    await expect(f.core.call.join("general")).rejects.toMatchObject({ code: "RoomFull" });
    await f.pass(0);
    expect(f.state()).toMatchObject({
      status: "idle",
      roomSlug: null,
      participants: [],
      trouble: { code: "RoomFull" },
    });
    nothingLeft(f);
  });

  it("leaves nothing when left before it was in, even if the microphone comes later", async () => {
    const f = await online();
    let allow = () => {};
    f.media.gate = new Promise((resolve) => {
      allow = resolve;
    });
    const join = f.server.handlers;
    join["voice.join"] = () => {};
    void f.core.call.join("general").catch(() => {});
    await f.core.call.leave();
    expect(f.state().status).toBe("idle");
    allow();
    f.server.voiceJoined(f.server.socket, "general");
    await f.pass(3_000);
    expect(f.state().status).toBe("idle");
    nothingLeft(f);
  });

  it("listens, muted, when the microphone is denied", async () => {
    const f = await online();
    f.media.refusal = "NotAllowedError";
    await f.core.call.join("general");
    await f.pass(0);
    expect(f.state()).toMatchObject({
      status: "connecting",
      muted: true,
      trouble: { code: "MicrophoneDenied" },
    });
    expect(f.server.socket.sent("call.mic_state").at(-1)?.payload).toMatchObject({ muted: true });
    f.media.refusal = null;
    f.core.call.setMuted(false);
    await f.pass(0);
    expect(f.media.open()[0]?.transceivers[0]?.sender.track).toBe(f.media.live()[0]);
    expect(f.state().trouble).toBeNull();
  });

  it("moves to another room with one call and one connection", async () => {
    const f = await inCall();
    await f.core.call.join("quiet");
    await f.pass(0);
    expect(f.state().roomSlug).toBe("quiet");
    expect(f.media.open()).toHaveLength(1);
    expect(
      f.server.socket.requests.map((one) => one.type).filter((type) => type.startsWith("voice.")),
    ).toEqual(["voice.join", "voice.join"]);
    await f.pass(500);
    expect(f.media.live()).toHaveLength(1);
  });
});

describe("moving to another room", () => {
  it("leaves the call as it was when the other room is full", async () => {
    const f = await inCall();
    f.server.handlers["voice.join"] = (socket, request) => {
      expect(f.state()).toMatchObject({ roomSlug: "general", movingTo: "quiet", status: "connected" });
      socket.nack(request, "RoomFull");
    };
    await expect(f.core.call.join("quiet")).rejects.toMatchObject({ code: "RoomFull" });
    expect(f.state()).toMatchObject({
      roomSlug: "general",
      movingTo: null,
      status: "connected",
      trouble: { code: "RoomFull" },
    });
    expect(f.server.socket.sent("voice.leave")).toHaveLength(0);
    expect(f.media.open()).toEqual([f.sfu]);
    await f.core.call.leave();
    await f.pass(500);
    nothingLeft(f);
  });

  it("keeps the sound until the server has moved us", async () => {
    const f = await inCall();
    f.server.handlers["voice.join"] = () => {};
    void f.core.call.join("quiet").catch(() => {});
    expect(f.sfu.closed).toBe(false);
    f.server.voiceJoined(f.server.socket, "quiet");
    expect(f.sfu.closed).toBe(true);
    expect(f.state()).toMatchObject({ roomSlug: "quiet", movingTo: null });
  });

  it("joins the room that is shown again when it does not know where it is", async () => {
    const f = await inCall();
    f.server.handlers["voice.join"] = () => {};
    const moved = f.core.call.join("quiet");
    moved.catch(() => {});
    f.server.socket.drop();
    delete f.server.handlers["voice.join"];
    await expect(moved).rejects.toMatchObject({ code: "ServerUnreachable" });
    await f.pass(2_000);
    expect(f.server.socket.sent("voice.join").at(-1)?.payload.roomSlug).toBe("general");
    expect(f.state().roomSlug).toBe("general");
    expect(f.media.open()).toHaveLength(1);
  });
});

describe("leaving", () => {
  it("closes the path and the microphone and stops all timers", async () => {
    const f = await inCall();
    await f.core.call.leave();
    f.core.stop();
    await f.pass(5_000);
    expect(f.state().status).toBe("idle");
    nothingLeft(f);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("says that voice has moved to another device", async () => {
    const f = await inCall();
    f.server.socket.event("voice.left", { roomSlug: "general", reason: "moved" });
    expect(f.state()).toMatchObject({ status: "idle", trouble: { code: "MovedElsewhere" } });
    nothingLeft(f);
  });
});

describe("microphone and ears", () => {
  it("tells the server of each change and silences the track", async () => {
    const f = await inCall();
    f.core.call.setMuted(true);
    expect(f.media.tracks[0]?.enabled).toBe(false);
    expect(f.server.socket.sent("call.mic_state").at(-1)?.payload).toEqual({
      muted: true,
      speaking: false,
      audioMuted: false,
    });
    f.core.call.setMuted(false);
    expect(f.media.tracks[0]?.enabled).toBe(true);
  });

  it("mutes while deafened and goes back to what was", async () => {
    const f = await inCall();
    f.core.call.setDeafened(true);
    expect(f.state()).toMatchObject({ muted: true, deafened: true });
    f.core.call.setDeafened(false);
    expect(f.state()).toMatchObject({ muted: false, deafened: false });
    f.core.call.setMuted(true);
    f.core.call.setDeafened(true);
    f.core.call.setDeafened(false);
    expect(f.state()).toMatchObject({ muted: true, deafened: false });
    f.core.call.setDeafened(true);
    f.core.call.setMuted(false);
    expect(f.state()).toMatchObject({ muted: false, deafened: false });
  });

  it("sends while the push-to-talk key is held, and a moment longer", async () => {
    const f = await inCall();
    f.core.setPreference("inputMode", "ptt");
    expect(f.media.tracks[0]?.enabled).toBe(false);
    f.core.call.setTalking(true);
    expect(f.media.tracks[0]?.enabled).toBe(true);
    f.core.call.setTalking(false);
    expect(f.media.tracks[0]?.enabled).toBe(true);
    await f.pass(250);
    expect(f.media.tracks[0]?.enabled).toBe(false);
  });

  it("remembers volumes by user", async () => {
    const f = await inCall();
    f.core.call.setVolume("a-other", 5);
    expect(f.state().participants[1]?.volume).toBe(2);
    expect(JSON.parse(f.kept.get("boltorezka.volumes") ?? "{}")).toEqual({ "a-other": 2 });
  });
});

describe("topology", () => {
  async function prepared() {
    const f = await inCall();
    f.change("p2p", "prepare", 5);
    await f.pass(0);
    const pair = f.media.connections[1] as FakePeerConnection;
    return { ...f, pair };
  }

  async function onPairs() {
    const f = await prepared();
    f.pair.become("connected");
    f.change("p2p", "commit", 5);
    await f.pass(600);
    return f;
  }

  it("offers to the smaller id, is ready when connected, and sends nothing yet", async () => {
    const f = await prepared();
    expect(f.server.socket.sent("call.offer")[0]?.payload).toMatchObject({
      targetUserId: "a-other",
      epoch: 5,
    });
    expect(f.server.socket.sent("voice.ready")).toHaveLength(0);
    f.pair.become("connected");
    expect(f.server.socket.sent("voice.ready")[0]?.payload).toEqual({ epoch: 5 });
    expect(f.pair.transceivers[0]?.sender.track).toBeNull();
  });

  it("moves the voice onto the pair and parks the SFU after an overlap", async () => {
    const f = await prepared();
    f.pair.become("connected");
    f.change("p2p", "commit", 5);
    const [track] = f.media.tracks;
    expect(f.state().topology).toBe("p2p");
    expect(f.pair.transceivers[0]?.sender.track).toBe(track);
    await f.pass(150);
    expect(f.sfu.transceivers[0]?.sender.track).toBe(track);
    await f.pass(100);
    expect(f.sfu.transceivers[0]?.sender.track).toBeNull();
  });

  it("goes back to the SFU at once and closes the pairs after", async () => {
    const f = await onPairs();
    f.change("sfu", "commit", 6);
    expect(f.state().topology).toBe("sfu");
    expect(f.sfu.transceivers[0]?.sender.track).toBe(f.media.tracks[0]);
    expect(f.pair.closed).toBe(false);
    await f.pass(700);
    expect(f.pair.closed).toBe(true);
    expect(f.media.open()).toHaveLength(1);
  });

  it("closes the pairs on abort", async () => {
    const f = await prepared();
    f.change("sfu", "abort", 5);
    expect(f.pair.closed).toBe(true);
    expect(f.state().topology).toBe("sfu");
  });

  it("does not hear words and signals of an older change", async () => {
    const f = await onPairs();
    f.change("sfu", "commit", 4);
    expect(f.state().topology).toBe("p2p");
    const signal = { type: "answer", sdp: "old" };
    const from = { fromUserId: "a-other", roomSlug: "general" };
    f.server.socket.event("call.answer", { ...from, epoch: 4, signal });
    await f.pass(0);
    expect(f.pair.remoteDescription).toBeNull();
    f.server.socket.event("call.answer", { ...from, epoch: 5, signal: { type: "answer", sdp: "new" } });
    await f.pass(0);
    expect(f.pair.remoteDescription?.sdp).toBe("new");
  });

  it("keeps candidates and signals that come early", async () => {
    const f = await inCall();
    const from = { fromUserId: "a-other", roomSlug: "general", epoch: 5 };
    f.server.socket.event("call.ice", { ...from, signal: { candidate: "c" } });
    f.change("p2p", "prepare", 5);
    await f.pass(0);
    f.server.socket.event("call.answer", { ...from, signal: { type: "answer", sdp: "a" } });
    await f.pass(0);
    expect(f.media.connections[1]?.candidates).toEqual([{ candidate: "c" }]);
  });

  it("reports a pair that fails or does not connect", async () => {
    const f = await prepared();
    await f.pass(10_000);
    expect(f.server.socket.sent("call.failed")[0]?.payload).toEqual({
      targetUserId: "a-other",
      reason: "timeout",
      epoch: 5,
    });
    f.pair.become("failed");
    expect(f.server.socket.sent("call.failed")).toHaveLength(2);
  });

  it("closes the pairs with the call", async () => {
    const f = await onPairs();
    await f.core.call.leave();
    nothingLeft(f);
  });

  it("lets go of the pairs when the server has forgotten the session", async () => {
    const f = await onPairs();
    f.server.socket.drop();
    await f.pass(1_000);
    expect(f.pair.closed).toBe(true);
    expect(f.state().topology).toBe("sfu");
    expect(f.media.open()).toHaveLength(1);
    expect(f.media.open()[0]?.transceivers[0]?.sender.track).toBe(f.media.live()[0]);
  });
});
