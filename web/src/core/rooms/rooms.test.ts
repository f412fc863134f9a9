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
