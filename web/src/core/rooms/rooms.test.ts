// @vitest-environment node
import { afterEach, expect, it, vi } from "vitest";
import { fixture } from "../testing/fixture";

afterEach(() => {
  vi.useRealTimers();
});

it("loads the tree anew when the rooms change, once for many changes at a time", async () => {
  const f = fixture();
  await f.core.start();
  await f.pass(0);
  const loads = () => f.server.fetched.filter((path) => path === "/v1/rooms/tree").length;
  const before = loads();
  for (let i = 0; i < 20; i++) f.server.socket.say({ type: "rooms.changed", payload: {}, seq: 2 + i });
  await f.pass(0);
  await f.pass(0);
  expect(loads() - before).toBe(2); // the one under way, and one for all that came meanwhile
});

it("takes presence as what is different, and as a whole where nobody is said to have left", async () => {
  const f = fixture();
  await f.core.start();
  await f.pass(0);
  const room = { roomId: "general", roomSlug: "general", mediaTopology: "sfu" };
  const who = (userId: string, status = "online") => ({
    userId,
    userName: userId,
    status,
    inVoice: false,
    muted: false,
    deafened: false,
  });
  const there = () =>
    f.core.rooms.getState().presence.general?.users.map((user) => `${user.userId} ${user.status}`);
  const { socket } = f.server;
  socket.event("rooms.presence", { rooms: [{ ...room, users: [who("a"), who("b")] }] });
  socket.event("rooms.presence_changed", { ...room, users: [who("c"), who("a", "dnd")], left: ["b"] });
  expect(there()).toEqual(["a dnd", "c online"]);
  socket.event("rooms.presence_changed", { ...room, users: [who("d")], left: null });
  expect(there()).toEqual(["a dnd", "c online", "d online"]);
  socket.event("rooms.presence_changed", {
    ...room,
    mediaTopology: "p2p",
    users: null,
    left: ["a", "nobody"],
  });
  expect(there()).toEqual(["c online", "d online"]);
  expect(f.core.rooms.getState().presence.general?.topology).toBe("p2p");
  socket.event("rooms.presence_changed", { ...room, users: [who("z")] });
  expect(there()).toEqual(["z online"]);
});
