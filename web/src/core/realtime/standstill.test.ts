// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { FakeSocket } from "../testing/fake-socket";
import { type InCall, inCall } from "../testing/in-call";

afterEach(() => {
  vi.useRealTimers();
});

/** In voice where somebody speaks, of whom packets come until `still`; then the server answers nothing until `on`. */
async function talking() {
  const f = await inCall();
  let packets = 0;
  let flows = true;
  const ticking = setInterval(() => {
    if (!flows) return;
    packets += 5;
    for (const pc of f.media.open())
      pc.stats.set("in", { id: "in", type: "inbound-rtp", kind: "audio", packetsReceived: packets });
  }, 100);
  f.server.socket.event("voice.speaking", { roomSlug: "general", userIds: ["a-other"] });
  await f.pass(2_000);
  const asked: [FakeSocket, { type: string; requestId?: string; payload: Record<string, unknown> }][] = [];
  return {
    ...f,
    end: () => clearInterval(ticking),
    /** Its media only. */
    deaf: () => {
      flows = false;
    },
    still: () => {
      flows = false;
      f.server.stalled = true;
      f.server.handlers.ping = (socket, request) => void asked.push([socket, request]);
    },
    on: () => {
      flows = true;
      f.server.stalled = false;
      delete f.server.handlers.ping;
      for (const [socket, request] of asked.splice(0)) {
        socket.say({ type: "pong", payload: { ts: 0 } });
        socket.ack(request);
      }
    },
  };
}

const tickets = (f: InCall) => f.server.fetched.filter((path) => path.endsWith("ws-ticket")).length;

describe("a server that stands still", () => {
  it.each([1_500, 2_500, 3_500])("for %i ms is waited for: nothing is made anew", async (ms) => {
    const f = await talking();
    f.still();
    await f.pass(ms);
    expect(f.core.connection.getState().status).toBe("online");
    f.on();
    await f.pass(5_000);
    f.end();
    expect(f.server.sockets).toHaveLength(1);
    expect(f.sfu.restarts).toBe(0);
    expect(f.media.connections).toHaveLength(1);
    expect(f.state()).toMatchObject({ status: "connected", trouble: null });
  });

  it("for longer is let go, and asked for at random intervals that grow", async () => {
    const f = await talking();
    f.still();
    await f.pass(5_500);
    expect(f.core.connection.getState().status).toBe("reconnecting");
    const before = tickets(f);
    await f.pass(20_000);
    expect(tickets(f) - before).toBeLessThan(10);
    f.on();
    await f.pass(20_000);
    f.end();
    expect(f.core.connection.getState().status).toBe("online");
    expect(f.server.sockets).toHaveLength(2);
  });

  it("in its media only is told at once, and by one client after the other later on", async () => {
    const at: number[] = [];
    for (const random of [0, 0.5, 1]) {
      const f = await talking();
      f.chance.random = random;
      const began = Date.now();
      f.deaf();
      await f.pass(1_100);
      expect(f.sfu.restarts).toBe(1);
      while (f.media.connections.length < 2) await f.pass(10);
      at.push(Date.now() - began);
      f.end();
      f.core.stop();
    }
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(50);
    expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThan(50);
  });
});

describe("a socket that is dead while the server is not", () => {
  it("is replaced within some hundred milliseconds of the doubt, and nothing of the media is", async () => {
    const f = await talking();
    f.deaf();
    await f.pass(100);
    f.server.handlers.ping = () => {};
    await f.pass(1_600);
    f.on(); // the media was only late
    expect(f.server.sockets).toHaveLength(1);
    await f.pass(500);
    f.end();
    expect(f.server.sockets).toHaveLength(2);
    expect(f.server.socket.query.get("resume")).toBe("s1");
  });

  it("is kept when its answer comes before another one is had", async () => {
    const f = await talking();
    f.still();
    await f.pass(2_100); // a ticket is being asked for
    expect(tickets(f)).toBe(2);
    f.on();
    await f.pass(10_000);
    f.end();
    expect(f.server.sockets).toHaveLength(1);
  });
});
