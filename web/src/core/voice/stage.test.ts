// @vitest-environment node
import { afterEach, expect, it, vi } from "vitest";
import { inCall } from "../testing/in-call";

afterEach(() => {
  vi.useRealTimers();
});

it("shows who is on the stage of our room, and nobody's once we are out", async () => {
  const f = await inCall();
  expect(f.state().stage).toEqual([]);
  f.server.socket.event("voice.stage", { roomSlug: "general", userIds: ["a-other"] });
  f.server.socket.event("voice.stage", { roomSlug: "elsewhere", userIds: ["b-self"] });
  expect(f.state().stage).toEqual(["a-other"]);
  await f.core.call.leave();
  expect(f.state().stage).toEqual([]);
});

it("is empty again in a new session until the server says otherwise", async () => {
  const f = await inCall();
  f.server.socket.event("voice.stage", { roomSlug: "general", userIds: ["a-other"] });
  f.server.voiceJoined(f.server.socket, "general");
  expect(f.state().stage).toEqual([]);
});

it("asks for the whole list with one more, or one less", async () => {
  const f = await inCall();
  const asked = () => f.server.socket.sent("voice.stage").at(-1)?.payload;
  await f.core.call.setOnStage("a-other", true);
  expect(asked()).toEqual({ userIds: ["a-other"] });
  f.server.socket.event("voice.stage", { roomSlug: "general", userIds: ["a-other"] });
  await f.core.call.setOnStage("b-self", true);
  expect(asked()).toEqual({ userIds: ["a-other", "b-self"] });
  await f.core.call.setOnStage("a-other", false);
  expect(asked()).toEqual({ userIds: [] });
});

it("is refused with the server's code", async () => {
  const f = await inCall();
  f.server.handlers["voice.stage"] = (socket, request) => socket.nack(request, "TargetNotInRoom");
  await expect(f.core.call.setOnStage("gone", true)).rejects.toMatchObject({ code: "TargetNotInRoom" });
});
