// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import { fixture } from "../testing/fixture";

afterEach(() => {
  vi.useRealTimers();
});

async function room() {
  const f = fixture();
  f.server.store("general", "one");
  f.server.store("general", "two", "b-self");
  await f.core.start();
  await f.pass(0);
  await f.core.room.open("general");
  const item = (seq: number) => f.core.chat.getState().timelines.general?.items[seq - 1];
  const held: (() => void)[] = [];
  /** The next request of a type is answered later, by `held`. */
  const hold = (type: string, code?: string) => {
    f.server.handlers[type] = (socket, request) => {
      held.push(() => (code ? socket.nack(request, code) : socket.ack(request)));
    };
  };
  const answer = async () => {
    held.shift()?.();
    await f.pass(0);
  };
  return { ...f, item, hold, answer };
}

describe("changing a message", () => {
  it("shows at once and stays when the server agrees", async () => {
    const f = await room();
    f.hold("chat.edit");
    const edit = f.core.messages.edit("general", "m-general-2", "better");
    expect(f.item(2)).toMatchObject({ text: "better", changing: true });
    await f.answer();
    await edit;
    expect(f.item(2)).toMatchObject({ text: "better" });
    expect(f.item(2)?.changing).toBeUndefined();
    expect(f.server.socket.sent("chat.edit")[0]?.payload).toEqual({
      messageId: "m-general-2",
      text: "better",
    });
  });

  it.each(["EditWindowExpired", "Forbidden", "MessageNotFound"])("is undone by %s", async (code) => {
    const f = await room();
    f.hold("chat.edit", code);
    const edit = f.core.messages.edit("general", "m-general-2", "better");
    const refused = expect(edit).rejects.toMatchObject({ code });
    await f.answer();
    await refused;
    expect(f.item(2)).toMatchObject({ text: "two", editedAt: null });
  });

  it("is undone when the connection goes, and refused without one", async () => {
    const f = await room();
    f.hold("chat.delete");
    const refused = expect(f.core.messages.remove("general", "m-general-2")).rejects.toMatchObject({
      code: "ServerUnreachable",
    });
    expect(f.item(2)?.deletedAt).not.toBeNull();
    f.server.reachable = false;
    f.server.socket.drop();
    await refused;
    expect(f.item(2)).toMatchObject({ text: "two", deletedAt: null });
    await expect(f.core.messages.edit("general", "m-general-2", "x")).rejects.toMatchObject({
      code: "ServerUnreachable",
    });
  });

  it("of others is seen, and a deleted message takes no more", async () => {
    const f = await room();
    const where = { id: "m-general-1", roomId: "general", roomSlug: "general" };
    const editedAt = "2026-01-01T00:01:00.000Z";
    f.server.socket.event("chat.edited", { ...where, text: "uno", editedAt, editedByUserId: "a-other" });
    expect(f.item(1)).toMatchObject({ text: "uno", editedAt });
    f.server.socket.event("chat.deleted", { ...where, deletedByUserId: "a-other", ts: editedAt });
    f.server.socket.event("chat.reacted", { ...where, emoji: "👍", userId: "a-other", on: true, count: 1 });
    f.server.socket.event("chat.edited", { ...where, text: "late", editedAt, editedByUserId: "a-other" });
    expect(f.item(1)).toMatchObject({ text: "", deletedAt: editedAt, reactions: [] });
  });
});

describe("reactions", () => {
  it("toggle at once, count with others', and are undone when refused", async () => {
    const f = await room();
    const where = { id: "m-general-1", roomId: "general", roomSlug: "general", emoji: "👍" };
    f.server.socket.event("chat.reacted", { ...where, userId: "a-other", on: true, count: 1 });
    expect(f.item(1)?.reactions).toEqual([{ emoji: "👍", count: 1, mine: false }]);
    f.hold("chat.react");
    const on = f.core.messages.react("general", "m-general-1", "👍", true);
    expect(f.item(1)?.reactions).toEqual([{ emoji: "👍", count: 2, mine: true }]);
    f.server.socket.event("chat.reacted", { ...where, userId: "b-self", on: true, count: 2 });
    await f.answer();
    await on;
    expect(f.item(1)?.reactions).toEqual([{ emoji: "👍", count: 2, mine: true }]);
    f.hold("chat.react", "RateLimited");
    const off = f.core.messages.react("general", "m-general-1", "👍", false);
    const refused = expect(off).rejects.toMatchObject({ code: "RateLimited" });
    expect(f.item(1)?.reactions).toEqual([{ emoji: "👍", count: 1, mine: false }]);
    await f.answer();
    await refused;
    expect(f.item(1)?.reactions).toEqual([{ emoji: "👍", count: 2, mine: true }]);
    f.server.socket.event("chat.reacted", { ...where, userId: "b-self", on: false, count: 1 });
    f.server.socket.event("chat.reacted", { ...where, userId: "a-other", on: false, count: 0 });
    expect(f.item(1)?.reactions).toEqual([]);
  });
});

describe("typing", () => {
  it("is told at most every three seconds", async () => {
    const f = await room();
    for (let i = 0; i < 70; i++) {
      f.core.messages.typing("general");
      await f.pass(100);
    }
    expect(f.server.socket.sent("chat.typing")).toHaveLength(3);
  });

  it("is told a while later when it was told just now, unless the text was sent meanwhile", async () => {
    const f = await room();
    const told = () => f.server.socket.sent("chat.typing").length;
    f.core.messages.typing("general");
    f.core.messages.typing("general");
    await f.pass(3_000);
    expect(told()).toBe(2);
    f.core.messages.typing("general");
    f.core.messages.send("general", "done");
    await f.pass(9_000);
    expect(told()).toBe(2);
  });

  it("is shown for five seconds after the last word of it, or until the message", async () => {
    const f = await room();
    const typing = () => f.core.chat.getState().typing.general?.map((one) => one.userName) ?? [];
    const heard = (userId: string, userName: string) =>
      f.server.socket.event("chat.typing", { userId, userName, roomSlug: "general" });
    heard("a-other", "Ann");
    heard("c", "Carl");
    heard("b-self", "Self");
    expect(typing()).toEqual(["Ann", "Carl"]);
    await f.pass(4_000);
    heard("c", "Carl");
    await f.pass(1_500);
    expect(typing()).toEqual(["Carl"]);
    f.server.announce("general", f.server.store("general", "done", "c"));
    expect(typing()).toEqual([]);
  });
});
