import { createStore } from "zustand/vanilla";
import type { Http } from "../http";
import type { ChatState, User } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import type { Rooms } from "../rooms/rooms";
import { History } from "./history";
import { RoomChat } from "./room-chat";

/** The timelines of all rooms that were opened or written to. */
export class Chat {
  readonly store = createStore<ChatState>(() => ({ timelines: {} }));
  private readonly rooms = new Map<string, RoomChat>();
  private readonly history: History;

  constructor(
    private readonly platform: Platform,
    http: Http,
    private readonly connection: Connection,
    private readonly membership: Rooms,
    private readonly me: () => User | null,
  ) {
    this.history = new History(http);
    connection.events.on("chat.message", (event) => this.rooms.get(event.roomSlug)?.receive(event));
    connection.lifecycle.on("down", () => {
      for (const room of this.rooms.values()) room.show();
    });
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
        publish: (timeline) =>
          this.store.setState(({ timelines }) => ({ timelines: { ...timelines, [slug]: timeline } })),
      });
      this.rooms.set(slug, room);
    }
    return room;
  }
}
