// @vitest-environment node
import { afterEach, expect, it, vi } from "vitest";
import { fixture } from "../testing/fixture";

afterEach(() => {
  vi.useRealTimers();
});

const MINUTE = 60_000;

async function house() {
  const f = fixture();
  await f.core.start();
  await f.pass(0);
  const told = () => f.server.socket.sent("presence.status").map((request) => request.payload.status);
  const seen = (status: string) =>
    f.server.socket.event("rooms.presence_changed", {
      roomId: "general",
      roomSlug: "general",
      mediaTopology: "sfu",
      users: [{ userId: "b-self", userName: "Self", status, inVoice: false, muted: false, deafened: false }],
      left: [],
    });
  return { ...f, told, seen };
}

it("is away after ten minutes without input, and back with the first", async () => {
  const f = await house();
  await f.pass(9 * MINUTE);
  f.input();
  await f.pass(9 * MINUTE);
  expect(f.told()).toEqual([]);
  await f.pass(MINUTE);
  expect(f.told()).toEqual(["idle"]);
  expect(f.core.status.getState()).toEqual({ chosen: "online", shown: "idle" });
  f.input();
  expect(f.told()).toEqual(["idle", "online"]);
});

it("stays as chosen, is kept, and is said again to a new session", async () => {
  const f = await house();
  f.core.setStatus("dnd");
  await f.pass(20 * MINUTE);
  expect(f.told()).toEqual(["dnd"]);
  f.server.socket.drop();
  await f.pass(1_000);
  expect(f.told()).toEqual(["dnd"]);
  expect(JSON.parse(f.kept.get("boltorezka.preferences") ?? "{}").status).toBe("dnd");
});

it("follows another device into do-not-disturb and out of it", async () => {
  const f = await house();
  f.seen("online");
  f.seen("dnd");
  expect(f.core.status.getState().shown).toBe("dnd");
  f.seen("online");
  expect(f.core.status.getState().shown).toBe("online");
  expect(f.told()).toEqual([]);
});

it("is not undone by how a new session begins", async () => {
  const f = await house();
  f.core.setStatus("dnd");
  f.seen("dnd");
  f.server.socket.drop();
  await f.pass(1_000);
  f.seen("online");
  f.seen("dnd");
  expect(f.core.status.getState().shown).toBe("dnd");
});

it("tells of one session and of its crashes, with nothing that was written", async () => {
  const f = await house();
  const error = new TypeError("cannot read 'the secret' of undefined");
  error.stack =
    "TypeError: the secret\n at f (https://chat.example/assets/index-a1.js?t=1:2:33)\n at https://chat.example/r/private:1:1";
  for (let i = 0; i < 9; i++) f.crash(error);
  await f.pass(0);
  const [first, ...crashes] = f.server.telemetry.map((body) => JSON.parse(body));
  expect(first).toEqual({ event: "session", meta: { platform: "web" } });
  expect(crashes).toHaveLength(5);
  expect(crashes[0]).toEqual({
    event: "crash",
    level: "error",
    meta: { platform: "web", kind: "TypeError", places: ["index-a1.js:2:33"] },
  });
  expect(f.server.telemetry.join()).not.toContain("secret");
});
