// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Mention } from "../model";
import { fixture } from "../testing/fixture";

afterEach(() => {
  vi.useRealTimers();
});

async function house() {
  const f = fixture();
  f.server.store("general", "one");
  await f.core.start();
  await f.pass(0);
  await f.core.room.open("general");
  const at = (slug: string) => f.core.activity.getState().rooms[slug];
  const tell = (roomSlug: string, lastSeq: number, readSeq: number, mentions = 0) =>
    f.server.socket.event("rooms.activity", {
      roomId: roomSlug,
      roomSlug,
      lastMessageId: `m-${roomSlug}-${lastSeq}`,
      lastSeq,
      readSeq,
      unread: lastSeq - readSeq,
      mentions,
    });
  const say = (text: string, userId?: string, mentions?: string[]) => {
    const message = f.server.store("general", text, userId);
    const event = { ...message, roomSlug: "general", senderRequestId: "", mentions };
    f.server.socket.event("chat.message", event);
    return message;
  };
  const told = () => f.server.socket.sent("chat.read").map((request) => request.payload.messageId);
  return { ...f, at, tell, say, told };
}

describe("what is unread", () => {
  it("is what the server tells of other rooms, and what comes in the viewed one", async () => {
    const f = await house();
    f.tell("music", 9, 4, 2);
    expect(f.at("music")).toMatchObject({ unread: 5, mentions: 2, readSeq: 4 });
    f.say("hello");
    f.say("@Self!", undefined, ["b-self"]);
    expect(f.at("general")).toMatchObject({ unread: 2, mentions: 1, readSeq: 1 });
  });

  it("counts a mention that the server's word is older than", async () => {
    const f = await house();
    f.tell("general", 1, 0, 0);
    f.say("@Self!", undefined, ["b-self"]);
    f.tell("general", 1, 1, 0); // another device has read, before the lobby heard of the second
    expect(f.at("general")).toMatchObject({ lastSeq: 2, unread: 1, mentions: 1 });
    f.tell("general", 2, 1, 1);
    expect(f.at("general")).toMatchObject({ lastSeq: 2, unread: 1, mentions: 1 });
  });

  it("believes the server where it could only guess", async () => {
    const f = await house();
    f.say("first heard of it");
    expect(f.at("general")).toMatchObject({ readSeq: 1, unread: 1 });
    f.tell("general", 2, 0, 1);
    expect(f.at("general")).toMatchObject({ readSeq: 0, unread: 2, mentions: 1 });
  });

  it("is read at once and told at most every two seconds", async () => {
    const f = await house();
    for (let i = 0; i < 5; i++) {
      f.say("x");
      f.core.messages.read("general");
      expect(f.at("general")?.unread).toBe(0);
      await f.pass(100);
    }
    expect(f.told()).toEqual(["m-general-2"]);
    await f.pass(2_000);
    expect(f.told()).toEqual(["m-general-2", "m-general-6"]);
    await f.pass(10_000);
    expect(f.told()).toHaveLength(2);
  });

  it("never goes back to what the server did not know yet", async () => {
    const f = await house();
    f.tell("general", 9, 4, 1);
    f.core.messages.read("general");
    f.tell("general", 9, 4, 1); // on its way when we read
    expect(f.at("general")).toMatchObject({ unread: 0, mentions: 0 });
    f.tell("general", 10, 9, 0);
    expect(f.at("general")).toMatchObject({ unread: 1, readSeq: 9 });
  });

  it("is read to the end of what is loaded, of which the server may not have told yet", async () => {
    const f = await house();
    f.core.messages.read("general");
    f.core.messages.read("general");
    expect(f.told()).toEqual(["m-general-1"]);
    f.tell("general", 1, 0); // on its way when we read
    expect(f.at("general")).toMatchObject({ unread: 0 });
  });

  it("has nothing of our own messages", async () => {
    const f = await house();
    f.say("hello");
    f.say("and you", "b-self");
    expect(f.at("general")).toMatchObject({ unread: 0, readSeq: 3 });
  });

  it("is told anew after a new session, and what was read offline goes out then", async () => {
    const f = await house();
    f.tell("music", 9, 4);
    f.server.socket.drop();
    f.core.messages.read("music");
    await f.pass(1_000);
    expect(f.at("music")).toBeUndefined();
    expect(f.told()).toEqual(["m-music-9"]);
  });
});

describe("mentions", () => {
  it("are told once each, with who and what, also from other rooms", async () => {
    const f = await house();
    const heard: Mention[] = [];
    f.core.messages.onMention((mention) => heard.push(mention));
    f.say("@Self!", undefined, ["b-self"]);
    f.say("@Self, said I", "b-self", ["b-self"]);
    const other = f.server.store("music", "hey @Self");
    f.tell("music", other.roomSeq, 0, 1);
    f.tell("music", other.roomSeq, 0, 1);
    await f.pass(0);
    expect(heard.map((one) => `${one.slug}: ${one.userName}: ${one.text}`)).toEqual([
      "general: a-other: @Self!",
      "music: a-other: hey @Self",
    ]);
  });

  it("of before this session are no news", async () => {
    const f = await house();
    const heard: Mention[] = [];
    f.core.messages.onMention((mention) => heard.push(mention));
    const old = f.server.store("music", "hey @Self");
    old.createdAt = "2025-12-31T00:00:00.000Z";
    f.tell("music", 1, 0, 1);
    await f.pass(0);
    expect(heard).toEqual([]);
    expect(f.at("music")?.mentions).toBe(1);
  });
});
