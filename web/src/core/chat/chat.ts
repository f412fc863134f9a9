import { createStore } from "zustand/vanilla";
import type { Http } from "../http";
import type { ChatState, User } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import type { Rooms } from "../rooms/rooms";
import { History } from "./history";
import { RoomChat } from "./room-chat";
import { UnsentMessages } from "./unsent";

/** The timelines of all rooms that were opened or written to. */
export class Chat {
  readonly store = createStore<ChatState>(() => ({ timelines: {} }));
  private readonly rooms = new Map<string, RoomChat>();
  private readonly history: History;
  private readonly unsent: UnsentMessages;
  private kept = "";

  constructor(
    private readonly platform: Platform,
    http: Http,
    private readonly connection: Connection,
    private readonly membership: Rooms,
    private readonly me: () => User | null,
  ) {
    this.history = new History(http);
    this.unsent = new UnsentMessages(platform.tabStorage);
    connection.events.on("chat.message", (event) => this.rooms.get(event.roomSlug)?.receive(event));
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
      this.room(slug).restore(author, here);
    }
  }

  send(slug: string, text: string, replyTo?: string): void {
    const author = this.me();
    if (author) this.room(slug).write(author, text, replyTo);
  }

  retry(slug: string, key: string): void {
    this.room(slug).retry(key);
  }

  discard(slug: string, key: string): void {
    this.room(slug).discard(key);
  }

  loadOlder(slug: string): Promise<void> {
    return this.room(slug).loadOlder();
  }

  /** The room was joined: sends what waits and loads what is missing. */
  sync(slug: string): Promise<void> {
    return this.room(slug).sync();
  }

  /** The same session goes on: only what was in flight must be sent again. */
  async resume(): Promise<void> {
    for (const room of this.rooms.values()) {
      room.show();
      await room.flush();
    }
  }

  /** Rooms with messages that were written while they could not be sent. */
  waiting(): string[] {
    return [...this.rooms].filter(([, room]) => room.hasWaiting).map(([slug]) => slug);
  }

  reset(): void {
    for (const room of this.rooms.values()) room.close();
    this.rooms.clear();
    this.kept = "";
    this.store.setState({ timelines: {} });
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

  private keep(): void {
    const author = this.me();
    if (!author) return;
    const messages = [...this.rooms.values()].flatMap((room) => room.unsent());
    const kept = messages.map((message) => message.key).join();
    if (kept === this.kept) return; // the usual case: nothing is waiting
    this.kept = kept;
    this.unsent.keep(author.id, messages);
  }
}
