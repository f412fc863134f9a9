// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import { fixture } from "../testing/fixture";
import { backoffMs, spreadMs } from "./backoff";

afterEach(() => {
  vi.useRealTimers();
});

async function online() {
  const f = fixture();
  await f.core.start();
  await f.pass(0);
  expect(f.core.connection.getState().status).toBe("online");
  return f;
}

describe("backoff", () => {
  it("doubles to its bound, half of it random", () => {
    expect(backoffMs(1, () => 0)).toBe(200);
    expect(backoffMs(1, () => 1)).toBe(400);
    expect(backoffMs(3, () => 1)).toBe(1600);
    expect(backoffMs(50, () => 1)).toBe(15_000);
  });

  it("spreads those who let a socket go, the wider the more often they did", () => {
    expect(spreadMs(0, () => 0)).toBe(0);
    expect(spreadMs(0, () => 1)).toBe(300);
    expect(spreadMs(2, () => 0.5)).toBe(600);
    expect(spreadMs(50, () => 1)).toBe(4_000);
  });
});

describe("connection", () => {
  it("comes back after a loss and asks to resume after the last seq", async () => {
    const f = await online();
    f.server.socket.event("rooms.presence", { rooms: [] });
    f.server.socket.drop();
    expect(f.core.connection.getState()).toMatchObject({ status: "reconnecting", attempt: 1 });
    await f.pass(400);
    expect(f.server.sockets).toHaveLength(2);
    expect(f.server.socket.query.get("resume")).toBe("s1");
    expect(f.server.socket.query.get("after")).toBe("2");
    expect(f.core.connection.getState().status).toBe("online");
  });

  it("asks a server that drains often, and another less and less", async () => {
    for (const [code, least] of [
      [1001, 10],
      [1006, 0],
    ] as const) {
      const f = await online();
      f.server.reachable = false;
      f.server.socket.drop(code);
      const before = f.server.fetched.length;
      await f.pass(20_000);
      const asked = f.server.fetched.slice(before).filter((path) => path.includes("ws-ticket")).length;
      if (least) expect(asked).toBeGreaterThanOrEqual(least);
      else expect(asked).toBeLessThan(8);
      f.server.reachable = true;
      await f.pass(code === 1001 ? 2_000 : 15_000);
      expect(f.core.connection.getState().status).toBe("online");
      f.core.stop();
    }
  });

  it("goes on in the same session when the server resumes it", async () => {
    const f = await online();
    await f.core.room.open("general");
    f.server.autoReady = false;
    f.server.socket.drop();
    await f.pass(400);
    f.server.socket.say({ type: "server.resumed", payload: { sessionId: "s1", replayed: 1 } });
    f.server.socket.event(
      "rooms.presence",
      { rooms: [{ roomSlug: "general", mediaTopology: "sfu", users: [] }] },
      2,
    );
    expect(f.core.rooms.getState().presence.general).toBeDefined();
    await f.pass(100);
    expect(f.server.socket.sent("room.join")).toHaveLength(0);
  });

  it("gives up a socket after two unanswered pings", async () => {
    const f = await online();
    f.server.handlers.ping = () => {};
    await f.pass(29_000);
    expect(f.core.connection.getState().status).toBe("online");
    await f.pass(1_100);
    expect(f.server.sockets[0]?.closedByClient).toBe(true);
    await f.pass(150);
    expect(f.server.sockets).toHaveLength(2); // the server may be there at once
  });

  it("stays while pings are answered", async () => {
    const f = await online();
    await f.pass(300_000);
    expect(f.server.sockets).toHaveLength(1);
  });

  it("reconnects when an event is missing, and hears none twice", async () => {
    const f = await online();
    const room = (users: object[]) => ({ roomSlug: "x", mediaTopology: "sfu", users });
    f.server.socket.event("rooms.presence_changed", room([]), 2);
    f.server.socket.event("rooms.presence_changed", room([{ userId: "u" }]), 2);
    expect(f.core.rooms.getState().presence.x?.users).toHaveLength(0);
    f.server.socket.event("rooms.presence_changed", room([]), 4);
    expect(f.core.connection.getState().status).toBe("reconnecting");
  });

  it("waits longer and longer for a server that is away, and comes at once when the network does", async () => {
    const f = await online();
    f.server.reachable = false;
    f.server.socket.drop();
    await f.pass(120_000);
    const { attempt, retryAt } = f.core.connection.getState();
    expect(attempt).toBeGreaterThan(5);
    expect(retryAt).not.toBeNull();
    f.server.reachable = true;
    f.wake();
    await f.pass(0);
    expect(f.core.connection.getState().status).toBe("online");
  });

  it("probes a connection when the page wakes", async () => {
    const f = await online();
    f.server.handlers.ping = () => {};
    f.wake();
    await f.pass(4_150);
    expect(f.server.sockets[0]?.closedByClient).toBe(true);
    expect(f.server.sockets).toHaveLength(2);
  });

  it("stops when kicked or banned, and says so", async () => {
    const f = await online();
    f.server.socket.drop(4010);
    expect(f.core.connection.getState()).toMatchObject({ status: "stopped", error: { code: "Kicked" } });
    await f.pass(60_000);
    expect(f.server.sockets).toHaveLength(1);
    await f.core.start();
    await f.pass(0);
    f.server.socket.drop(4011);
    expect(f.core.connection.getState().error?.code).toBe("Banned");
  });

  it("gets a new ticket for an invalid one, and waits when it was too fast", async () => {
    const f = await online();
    f.server.socket.drop(4002);
    await f.pass(400);
    expect(f.server.socket.query.get("ticket")).toBe("t1");
    f.server.socket.drop(4008);
    await f.pass(4_900);
    expect(f.server.sockets).toHaveLength(2);
    await f.pass(200);
    expect(f.server.sockets).toHaveLength(3);
  });

  it("is signed out when it was put out with its session, and not otherwise", async () => {
    const f = await online();
    f.server.socket.drop(4010);
    await f.pass(0);
    expect(f.core.account.getState().status).toBe("signedIn");
    await f.core.start();
    await f.pass(0);
    f.server.signedIn = false;
    f.server.socket.drop(4010);
    await f.pass(0);
    expect(f.core.account.getState()).toMatchObject({ status: "signedOut", trouble: { code: "Kicked" } });
  });

  it("stops, saying why, when the app is open in too many places", async () => {
    const f = await online();
    f.server.socket.drop(4009);
    await f.pass(30_000);
    expect(f.server.sockets).toHaveLength(1);
    expect(f.core.connection.getState()).toMatchObject({
      status: "stopped",
      error: { code: "SessionReplaced" },
    });
  });

  it("is signed out when the session has ended", async () => {
    const f = await online();
    f.server.signedIn = false;
    f.server.socket.drop();
    await f.pass(1_000);
    expect(f.core.account.getState().status).toBe("signedOut");
    expect(f.core.connection.getState().status).toBe("stopped");
  });

  it("leaves no timer behind when it is stopped", async () => {
    const f = await online();
    f.core.stop();
    await f.pass(2_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(f.server.socket.closedByClient).toBe(true);
  });
});

describe("requests", () => {
  it("reject with the nack's code", async () => {
    const f = await online();
    f.server.handlers["room.join"] = (socket, request) => socket.nack(request, "RoomNotFound");
    await expect(f.core.room.open("nowhere")).rejects.toMatchObject({ code: "RoomNotFound" });
    expect(f.core.rooms.getState()).toMatchObject({ active: null, joining: null });
  });

  it("reject when no answer comes in time", async () => {
    const f = await online();
    f.server.handlers["voice.join"] = () => {};
    const joining = expect(f.core.call.join("general")).rejects.toMatchObject({ code: "ServerUnreachable" });
    await f.pass(10_000);
    await joining;
    expect(f.core.voice.getState()).toMatchObject({ status: "idle", trouble: { code: "ServerUnreachable" } });
  });
});
