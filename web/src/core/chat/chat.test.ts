// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import { fixture } from "../testing/fixture";

afterEach(() => {
  vi.useRealTimers();
});

async function inRoom(stored = 0) {
  const f = fixture();
  for (let i = 1; i <= stored; i++) f.server.store("general", `old ${i}`);
  await f.core.start();
  await f.pass(0);
  await f.core.room.open("general");
  const timeline = () => {
    const found = f.core.chat.getState().timelines.general;
    if (!found) throw new Error("no timeline");
    return found;
  };
  const texts = () => timeline().items.map((item) => item.text);
  return { ...f, timeline, texts };
}

describe("history", () => {
  it("loads the newest page, and older ones by the cursor", async () => {
    const f = await inRoom(70);
    expect(f.timeline()).toMatchObject({ loaded: true, loading: false, hasMore: true });
    expect(f.texts()[0]).toBe("old 21");
    await f.core.messages.loadOlder("general");
    expect(f.texts()).toHaveLength(70);
    expect(f.texts()[0]).toBe("old 1");
    expect(f.timeline().hasMore).toBe(false);
  });

  it("sorts by roomSeq and shows each message once", async () => {
    const f = await inRoom(2);
    const message = f.server.store("general", "new");
    f.server.announce("general", message);
    f.server.announce("general", message);
    expect(f.texts()).toEqual(["old 1", "old 2", "new"]);
  });

  it("fetches what is missing when a roomSeq was skipped", async () => {
    const f = await inRoom(1);
    f.server.store("general", "missed");
    f.server.announce("general", f.server.store("general", "came"));
    expect(f.texts()).toEqual(["old 1", "came"]);
    await f.pass(0);
    expect(f.texts()).toEqual(["old 1", "missed", "came"]);
    expect(f.server.fetched.filter((path) => path.includes("afterSeq=1"))).toHaveLength(1);
  });

  it("catches up after a reconnect without a resume", async () => {
    const f = await inRoom(1);
    f.server.socket.drop();
    f.server.store("general", "meanwhile");
    await f.pass(1_000);
    expect(f.server.socket.sent("room.join")).toHaveLength(1);
    expect(f.texts()).toEqual(["old 1", "meanwhile"]);
  });

  it("begins anew when too much was missed", async () => {
    const f = await inRoom(1);
    f.server.socket.drop();
    for (let i = 0; i < 700; i++) f.server.store("general", `missed ${i}`);
    await f.pass(1_000);
    expect(f.texts()).toHaveLength(50);
    expect(f.texts().at(-1)).toBe("missed 699");
    expect(f.timeline().hasMore).toBe(true);
  });
});

describe("sending", () => {
  it("shows a message at once and once", async () => {
    const f = await inRoom();
    let shown: string[] = [];
    f.server.handlers["chat.send"] = () => {
      shown = f.timeline().items.map((item) => `${item.text} ${item.state}`);
    };
    f.core.messages.send("general", "hello");
    expect(shown).toEqual(["hello sending"]);
    delete f.server.handlers["chat.send"];
    f.server.socket.drop();
    expect(f.timeline().items[0]?.state).toBe("queued");
    await f.pass(1_000);
    expect(f.timeline().items.map((item) => item.state)).toEqual(["sent"]);
  });

  it("keeps what is written offline in order and sends it under one key each", async () => {
    const f = await inRoom();
    f.server.reachable = false;
    f.server.socket.drop();
    f.core.messages.send("general", "one");
    f.core.messages.send("general", "two");
    expect(f.timeline().items.map((item) => item.state)).toEqual(["queued", "queued"]);
    f.server.reachable = true;
    await f.pass(20_000);
    expect(f.texts()).toEqual(["one", "two"]);
    expect(f.timeline().items.every((item) => item.state === "sent")).toBe(true);
  });

  it("stores nothing twice when the ack was lost", async () => {
    const f = await inRoom();
    const keys: unknown[] = [];
    f.server.handlers["chat.send"] = (_socket, request) => {
      keys.push((request as { idempotencyKey?: string }).idempotencyKey);
      delete f.server.handlers["chat.send"];
    };
    f.core.messages.send("general", "hello");
    f.server.socket.drop();
    await f.pass(1_000);
    const again = f.server.socket.sent("chat.send");
    expect(again).toHaveLength(1);
    expect(again[0]?.idempotencyKey).toBe(keys[0]);
    expect(f.texts()).toEqual(["hello"]);
  });

  it("shows why it was refused; retry and discard", async () => {
    const f = await inRoom();
    f.server.handlers["chat.send"] = (socket, request) => socket.nack(request, "ValidationError");
    f.core.messages.send("general", "bad");
    await f.pass(0);
    const [item] = f.timeline().items;
    expect(item).toMatchObject({ state: "failed", error: { code: "ValidationError" } });
    delete f.server.handlers["chat.send"];
    f.core.messages.retry("general", item?.key ?? "");
    await f.pass(0);
    expect(f.timeline().items.map((one) => one.state)).toEqual(["sent"]);
    f.server.handlers["chat.send"] = (socket, request) => socket.nack(request, "Forbidden");
    f.core.messages.send("general", "no");
    await f.pass(0);
    f.core.messages.discard("general", f.timeline().items[1]?.key ?? "");
    expect(f.texts()).toEqual(["bad"]);
  });

  it("waits as long as the server says when it is too fast", async () => {
    const f = await inRoom();
    f.server.handlers["chat.send"] = (socket, request) => {
      delete f.server.handlers["chat.send"];
      socket.nack(request, "RateLimited", { retryAfterMs: 3_000 });
    };
    f.core.messages.send("general", "quick");
    await f.pass(2_900);
    expect(f.timeline().items[0]?.state).toBe("sending");
    await f.pass(200);
    expect(f.timeline().items[0]?.state).toBe("sent");
  });
});

describe("a reload", () => {
  async function reloaded(f: Awaited<ReturnType<typeof inRoom>>) {
    f.core.stop();
    const after = fixture(f);
    await after.core.start();
    await after.pass(0);
    await after.core.room.open("general");
    await after.pass(2_000);
    return after.core.chat.getState().timelines.general?.items ?? [];
  }

  it("loses nothing that was written offline, and stores it in its order", async () => {
    const f = await inRoom();
    f.server.reachable = false;
    f.server.socket.drop();
    f.core.messages.send("general", "one");
    f.core.messages.send("general", "two");
    f.server.reachable = true;
    const items = await reloaded(f);
    expect(items.map((item) => `${item.text} ${item.state}`)).toEqual(["one sent", "two sent"]);
    expect(JSON.parse(f.tab.get("boltorezka.unsent") ?? "{}").messages).toEqual([]);
  });

  it("stores nothing twice that was on its way", async () => {
    const f = await inRoom();
    f.server.handlers["chat.send"] = () => {
      delete f.server.handlers["chat.send"];
    };
    f.core.messages.send("general", "hello");
    f.server.store("general", "between");
    const [sent] = f.server.socket.sent("chat.send");
    const items = await reloaded(f);
    const again = f.server.socket.sent("chat.send");
    expect(again.map((request) => request.idempotencyKey)).toEqual([sent?.idempotencyKey]);
    expect(items.map((item) => item.text)).toEqual(["between", "hello"]);
  });

  it("gives one user's messages to nobody else", async () => {
    const f = await inRoom();
    f.tab.set(
      "boltorezka.unsent",
      JSON.stringify({
        userId: "somebody",
        messages: [{ slug: "general", key: "k", text: "secret", replyTo: null, createdAt: "" }],
      }),
    );
    expect(await reloaded(f)).toEqual([]);
  });
});
