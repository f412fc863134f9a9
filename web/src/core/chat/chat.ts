import { createStore } from "zustand/vanilla";
import { asCoreError, type Http } from "../http";
import type { ChatState, JumpTarget, Message, User } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import type { Rooms } from "../rooms/rooms";
import { deleted, edit, edited, react, reacted, remove } from "./changes";
import { History } from "./history";
import { RoomChat } from "./room-chat";
import { Typing } from "./typing";
import { UnsentMessages } from "./unsent";

/** The timelines of all rooms that were opened or written to. */
export class Chat {
  readonly store = createStore<ChatState>(() => ({ timelines: {}, typing: {} }));
  private readonly rooms = new Map<string, RoomChat>();
  private readonly history: History;
  private readonly unsent: UnsentMessages;
  private readonly writers: Typing;
  private kept = "";
  private looked: string | null = null;

  constructor(
    private readonly platform: Platform,
    http: Http,
    private readonly connection: Connection,
    private readonly membership: Rooms,
    private readonly me: () => User | null,
  ) {
    this.history = new History(http);
    this.unsent = new UnsentMessages(platform.tabStorage);
    this.writers = new Typing(
      platform.clock,
      () => connection.notify("chat.typing", {}),
      (slug, writers) => this.store.setState(({ typing }) => ({ typing: { ...typing, [slug]: writers } })),
    );
    const { events } = connection;
    events.on("chat.message", (event) => {
      this.writers.stopped(event.roomSlug, event.userId);
      this.rooms.get(event.roomSlug)?.receive(event);
    });
    events.on("chat.edited", (event) => this.rooms.get(event.roomSlug)?.changed(event.id, edited(event)));
    events.on("chat.deleted", (event) => this.rooms.get(event.roomSlug)?.changed(event.id, deleted(event)));
    events.on("chat.reacted", (event) =>
      this.rooms.get(event.roomSlug)?.changed(event.id, reacted(event, me()?.id)),
    );
    events.on("chat.typing", (event) => {
      if (event.userId !== me()?.id) this.writers.heard(event.roomSlug, event);
    });
    connection.lifecycle.on("down", () => {
      for (const room of this.rooms.values()) room.show();
    });
  }

  /** Brings back what was written and not sent before the page was reloaded. */
  restore(): void {
    const author = this.me();
    if (!author) return;
    const messages = this.unsent.load(author.id);
    for (const slug of new Set(messages.map((message) => message.slug))) {
      const here = messages.filter((message) => message.slug === slug);
      this.room(slug).sender.restore(author, here);
    }
  }

  send(slug: string, text: string, replyTo?: string): void {
    this.writers.sent();
    const author = this.me();
    if (author) this.room(slug).write(author, text, replyTo ?? null);
  }

  retry(slug: string, key: string): void {
    this.room(slug).sender.retry(key);
  }

  discard(slug: string, key: string): void {
    this.room(slug).sender.discard(key);
  }

  loadOlder(slug: string): Promise<void> {
    return this.room(slug).loadOlder();
  }

  loadNewer(slug: string): Promise<void> {
    return this.room(slug).loadNewer();
  }

  async jump(slug: string, target: JumpTarget): Promise<string | null> {
    try {
      return await this.room(slug).jump(target);
    } catch (reason) {
      throw asCoreError(reason);
    }
  }

  /** A room's newest stored message, if its end is loaded. */
  end(slug: string): Message | null {
    const timeline = this.store.getState().timelines[slug];
    if (!timeline?.loaded || timeline.hasNewer) return null;
    return timeline.items.findLast((item) => item.state === "sent") ?? null;
  }

  /** Asks for a room's newest stored message. */
  async newest(slug: string): Promise<Message | null> {
    return (await this.history.page(slug, null, 1)).messages[0] ?? null;
  }

  loadOriginal(slug: string, messageId: string): void {
    this.room(slug).loadOriginal(messageId);
  }

  following(slug: string, atEnd: boolean): void {
    this.rooms.get(slug)?.follow(atEnd);
  }

  edit(slug: string, messageId: string, text: string): Promise<void> {
    const apply = edit(text, this.now());
    return this.room(slug).change(messageId, apply, "chat.edit", { messageId, text });
  }

  remove(slug: string, messageId: string): Promise<void> {
    return this.room(slug).change(messageId, remove(this.now()), "chat.delete", { messageId });
  }

  react(slug: string, messageId: string, emoji: string, on: boolean): Promise<void> {
    return this.room(slug).change(messageId, react(emoji, on), "chat.react", { messageId, emoji, on });
  }

  typing(slug: string): void {
    if (this.membership.isJoined(slug)) this.writers.write();
  }

  /** A room is looked at: of the one before only the end is kept. */
  look(slug: string): void {
    if (this.looked && this.looked !== slug) this.rooms.get(this.looked)?.rest();
    this.looked = slug;
  }

  /** The room was joined: sends what waits and loads what is missing or has changed. */
  sync(slug: string): Promise<void> {
    return this.room(slug).sync();
  }

  /** The same session goes on: only what was in flight must be sent again. */
  async resume(): Promise<void> {
    for (const room of this.rooms.values()) {
      room.show();
      await room.sender.flush();
    }
  }

  /** Rooms with messages that were written while they could not be sent. */
  waiting(): string[] {
    return [...this.rooms].filter(([, room]) => room.sender.hasWaiting).map(([slug]) => slug);
  }

  reset(): void {
    for (const room of this.rooms.values()) room.close();
    this.rooms.clear();
    this.writers.reset();
    this.kept = "";
    this.looked = null;
    this.store.setState({ timelines: {}, typing: {} });
  }

  private room(slug: string): RoomChat {
    let room = this.rooms.get(slug);
    if (!room) {
      room = new RoomChat(slug, {
        platform: this.platform,
        connection: this.connection,
        history: this.history,
        canSend: () => this.membership.isJoined(slug),
        unsentChanged: () => this.keep(),
        publish: (timeline) =>
          this.store.setState(({ timelines }) => ({ timelines: { ...timelines, [slug]: timeline } })),
      });
      this.rooms.set(slug, room);
    }
    return room;
  }

  private now(): string {
    return new Date(this.platform.clock.now()).toISOString();
  }

  private keep(): void {
    const author = this.me();
    if (!author) return;
    const messages = [...this.rooms].flatMap(([slug, room]) =>
      room.sender.unsent().map((message) => ({ slug, ...message })),
    );
    const kept = messages.map((message) => message.key).join();
    if (kept === this.kept) return; // the usual case: nothing is waiting
    this.kept = kept;
    this.unsent.keep(author.id, messages);
  }
}
