// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import { fixture } from "../testing/fixture";

afterEach(() => {
  vi.useRealTimers();
});

/** A room of so many messages, opened at its end. */
async function long(stored: number) {
  const f = fixture();
  for (let i = 1; i <= stored; i++) f.server.store("general", `m${i}`);
  await f.core.start();
  await f.pass(0);
  await f.core.room.open("general");
  const timeline = () => {
    const found = f.core.chat.getState().timelines.general;
    if (!found) throw new Error("no timeline");
    return found;
  };
  const span = () => {
    const { items } = timeline();
    // Nothing is missing and nothing is twice.
    expect(items.map((item) => item.roomSeq)).toEqual(items.map((_, i) => (items[0]?.roomSeq ?? 0) + i));
    return [items[0]?.roomSeq, items.at(-1)?.roomSeq];
  };
  return { ...f, timeline, span };
}

describe("a long room", () => {
  it("is walked to its beginning and back with never more than a bounded part in memory", async () => {
    const f = await long(2_000);
    expect(f.span()).toEqual([1951, 2000]);
    for (let i = 0; i < 50 && f.timeline().hasMore; i++) {
      await f.core.messages.loadOlder("general");
      f.span();
      expect(f.timeline().items.length).toBeLessThanOrEqual(550);
    }
    expect(f.span()[0]).toBe(1);
    expect(f.timeline().hasNewer).toBe(true);
    for (let i = 0; i < 50 && f.timeline().hasNewer; i++) {
      await f.core.messages.loadNewer("general");
      f.span();
      expect(f.timeline().items.length).toBeLessThanOrEqual(600);
    }
    expect(f.span()[1]).toBe(2000);
    expect(f.timeline()).toMatchObject({ hasMore: true, hasNewer: false });
  });

  it("goes to a message, a roomSeq, a date and its end", async () => {
    const f = await long(2_000);
    expect(await f.core.messages.jump("general", { messageId: "m-general-700" })).toBe("m-general-700");
    expect(f.span()).toEqual([660, 759]);
    expect(await f.core.messages.jump("general", { seq: 720 })).toBe("m-general-720"); // no need to load
    expect(await f.core.messages.jump("general", { seq: 3 })).toBe("m-general-3");
    expect(f.timeline()).toMatchObject({ hasMore: false, hasNewer: true, lastSeq: 2000 });
    const date = new Date(1_767_225_600_000 + 1_500_000);
    expect(await f.core.messages.jump("general", { date })).toBe("m-general-1500");
    expect(await f.core.messages.jump("general", { messageId: "gone" })).toBeNull();
    expect(await f.core.messages.jump("general", "latest")).toBe("m-general-2000");
    expect(f.span()).toEqual([1951, 2000]);
  });

  it("knows of what comes while it is read far from its end, and misses nothing on the way back", async () => {
    const f = await long(300);
    await f.core.messages.jump("general", { seq: 50 });
    f.server.announce("general", f.server.store("general", "news"));
    expect(f.timeline()).toMatchObject({ lastSeq: 301, hasNewer: true });
    for (let i = 0; i < 9 && f.timeline().hasNewer; i++) await f.core.messages.loadNewer("general");
    expect(f.span()[1]).toBe(301);
  });

  it("goes to its end when something is written", async () => {
    const f = await long(300);
    await f.core.messages.jump("general", { seq: 50 });
    f.core.messages.send("general", "here I am");
    await f.pass(0);
    await f.pass(0);
    expect(f.timeline().items.at(-1)).toMatchObject({ text: "here I am", state: "sent" });
    f.span();
  });

  it("is bounded too when it grows at its end, and keeps the part that is looked at", async () => {
    const f = await long(10);
    for (let i = 0; i < 1_200; i++) f.server.announce("general", f.server.store("general", "x"));
    expect(f.timeline().items.length).toBeLessThanOrEqual(1_000);
    expect(f.span()[1]).toBe(1210);
    f.core.messages.following("general", false);
    const [first] = f.span();
    for (let i = 0; i < 1_000; i++) f.server.announce("general", f.server.store("general", "y"));
    expect(f.span()[0]).toBe(first);
    expect(f.timeline()).toMatchObject({ hasNewer: true, lastSeq: 2210 });
  });

  it("lets go of all but its end when another room is looked at", async () => {
    const f = await long(1_000);
    await f.core.messages.jump("general", { seq: 1 });
    await f.core.room.open("other");
    expect(f.timeline()).toMatchObject({ loaded: false, items: [] });
    await f.core.room.open("general");
    expect(f.span()).toEqual([951, 1000]);
  });
});

describe("what changed unheard", () => {
  it("is seen after a reconnect without a resume, with what came since", async () => {
    const f = await long(120);
    await f.core.messages.loadOlder("general");
    f.server.socket.drop();
    const [edited, deleted, liked] = [30, 60, 110].map((seq) => f.server.messages.general?.[seq - 1]);
    if (!edited || !deleted || !liked) throw new Error("not stored");
    Object.assign(edited, { text: "changed", editedAt: "2026-01-01T01:00:00.000Z" });
    Object.assign(deleted, { text: "", deletedAt: "2026-01-01T01:00:00.000Z" });
    liked.reactions = [{ emoji: "👍", count: 2, mine: true }];
    f.server.store("general", "meanwhile");
    await f.pass(1_000);
    const at = (seq: number) => f.timeline().items.find((item) => item.roomSeq === seq);
    expect(f.span()).toEqual([21, 121]);
    expect(at(30)?.text).toBe("changed");
    expect(at(60)?.deletedAt).not.toBeNull();
    expect(at(110)?.reactions).toEqual([{ emoji: "👍", count: 2, mine: true }]);
  });

  it("is seen far from the end too, without going there", async () => {
    const f = await long(900);
    await f.core.messages.jump("general", { seq: 300 });
    const before = f.span();
    f.server.socket.drop();
    const edited = f.server.messages.general?.[299];
    if (edited) edited.text = "changed";
    await f.pass(1_000);
    expect(f.span()).toEqual(before);
    expect(f.timeline().items.find((item) => item.roomSeq === 300)?.text).toBe("changed");
  });

  it("counts when it happens while a page is on its way that does not know of it", async () => {
    const f = await long(120);
    const page = f.core.messages.loadOlder("general"); // answered before the edit
    f.server.socket.event("chat.edited", {
      id: "m-general-60",
      roomId: "general",
      roomSlug: "general",
      text: "edited",
      editedAt: "2026-01-01T01:00:00.000Z",
      editedByUserId: "a-other",
    });
    await page;
    expect(f.timeline().items.find((item) => item.roomSeq === 60)?.text).toBe("edited");
  });
});

describe("a quoted message", () => {
  it("is loaded once, follows what happens to it, and may be gone", async () => {
    const f = await long(200);
    f.core.messages.loadOriginal("general", "m-general-7");
    f.core.messages.loadOriginal("general", "m-general-7");
    f.core.messages.loadOriginal("general", "gone");
    await f.pass(0);
    expect(f.timeline().originals["m-general-7"]?.text).toBe("m7");
    expect(f.timeline().originals.gone).toBeNull();
    expect(f.server.fetched.filter((path) => path.endsWith("beforeId=m-general-7"))).toHaveLength(1);
    f.server.socket.event("chat.deleted", {
      id: "m-general-7",
      roomId: "general",
      roomSlug: "general",
      deletedByUserId: "a-other",
      ts: "2026-01-01T01:00:00.000Z",
    });
    expect(f.timeline().originals["m-general-7"]).toMatchObject({ text: "" });
  });
});
