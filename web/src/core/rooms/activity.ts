import { createStore } from "zustand/vanilla";
import type { ActivityState, Mention, Message, RoomActivity, User } from "../model";
import type { Clock } from "../platform";
import type { Connection } from "../realtime/connection";
import type { ChatMessage, RoomsActivity } from "../wire";

/** A room's newest message. */
type Newest = Pick<Message, "id" | "roomSeq">;

/** The read pointer is told at most this often. */
const TELL_MS = 2_000;

export interface ActivityDeps {
  clock: Clock;
  connection: Connection;
  me(): User | null;
  /** Loads a room's newest message. */
  newest(slug: string): Promise<Message | null>;
}

/** What is unread in each room and how often it names us, and telling what was read. */
export class Activity {
  readonly store = createStore<ActivityState>(() => ({ rooms: {} }));
  private readonly listeners = new Set<(mention: Mention) => void>();
  /** Messages up to which was read and which the server is still to be told of, by room. */
  private readonly untold = new Map<string, string>();
  /** Messages of the viewed room that name us, by room: the server's word may be older than they are. */
  private readonly named = new Map<string, number[]>();
  /** Rooms of which nothing was told yet: what came before their first message is taken as read. */
  private readonly guessed = new Set<string>();
  /** Our own last message, by room. */
  private readonly own = new Map<string, number>();
  private cancelTell: (() => void) | null = null;
  /** The server's time at which this session began: what is older is no news. */
  private since = "";

  constructor(private readonly deps: ActivityDeps) {
    const { events, lifecycle } = deps.connection;
    events.on("server.ready", ({ connectedAt }) => {
      this.since = connectedAt ?? "";
      // What has something unread is told anew.
      this.forget();
    });
    events.on("rooms.activity", (activity) => this.told(activity));
    events.on("chat.message", (message) => this.came(message));
    lifecycle.on("ready", () => this.tell());
  }

  /**
   * The user has read a room up to the newest message that is known of it;
   * `loaded` is the newest of its timeline, which may know more than was told.
   */
  read(slug: string, loaded: Newest | null = null): void {
    const room = this.store.getState().rooms[slug];
    const told = room && { id: room.lastMessageId, roomSeq: room.lastSeq };
    const newest = told && told.roomSeq >= (loaded?.roomSeq ?? 0) ? told : loaded;
    if (!newest || newest.roomSeq <= (room?.readSeq ?? 0)) return;
    const { id, roomSeq } = newest;
    this.guessed.delete(slug);
    this.put(slug, { lastMessageId: id, lastSeq: roomSeq, readSeq: roomSeq, unread: 0, mentions: 0 });
    this.untold.set(slug, id);
    if (!this.cancelTell) this.tell();
  }

  onMention(listener: (mention: Mention) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  reset(): void {
    this.cancelTell?.();
    this.cancelTell = null;
    this.untold.clear();
    this.forget();
  }

  private forget(): void {
    this.named.clear();
    this.guessed.clear();
    this.own.clear();
    this.store.setState({ rooms: {} });
  }

  /** Tells now what was read and keeps quiet for a while after. */
  private tell(): void {
    this.cancelTell?.();
    this.cancelTell = null;
    if (this.untold.size === 0 || !this.deps.connection.isOnline) return;
    for (const [slug, messageId] of [...this.untold]) {
      this.untold.delete(slug);
      this.deps.connection.request("chat.read", { messageId }).catch((reason: { code?: string }) => {
        // Lost on the way: told again with the next connection, unless more was read since.
        if (reason.code === "ServerUnreachable" && !this.untold.has(slug)) this.untold.set(slug, messageId);
      });
    }
    this.cancelTell = this.deps.clock.after(TELL_MS, () => {
      this.cancelTell = null;
      this.tell();
    });
  }

  private told({ roomSlug, lastMessageId, lastSeq, readSeq, mentions }: RoomsActivity): void {
    const before = this.store.getState().rooms[roomSlug];
    // What was read here may not have reached the server yet; its word about the room may be older than the room's.
    const known = this.guessed.delete(roomSlug) ? this.own.get(roomSlug) : before?.readSeq;
    const read = Math.max(readSeq, known ?? 0);
    const newest = before && before.lastSeq > lastSeq ? before : { lastMessageId, lastSeq };
    const unread = Math.max(0, newest.lastSeq - read);
    const later = this.named.get(roomSlug)?.filter((seq) => seq > lastSeq) ?? [];
    this.named.set(roomSlug, later);
    const named = unread === 0 ? 0 : read > readSeq ? (before?.mentions ?? 0) : mentions + later.length;
    this.put(roomSlug, {
      lastMessageId: newest.lastMessageId,
      lastSeq: newest.lastSeq,
      readSeq: read,
      unread,
      mentions: named,
    });
    if (named > (before?.mentions ?? 0) && lastSeq > (before?.lastSeq ?? 0))
      void this.announce(roomSlug, lastMessageId);
  }

  /** A message of the viewed room, of which rooms.activity does not tell. */
  private came(message: ChatMessage): void {
    const self = this.deps.me()?.id;
    const { roomSlug: slug, roomSeq, id, userId } = message;
    const known = this.store.getState().rooms[slug];
    const before = known ?? { lastSeq: 0, lastMessageId: "", readSeq: roomSeq - 1, unread: 0, mentions: 0 };
    if (roomSeq <= before.lastSeq) return; // said again, to its sender
    if (!known) this.guessed.add(slug);
    const own = userId === self;
    const names = !own && self !== undefined && (message.mentions?.includes(self) ?? false);
    // Where nothing was told, nothing was unread between one that was said again and this one.
    const gap = this.guessed.has(slug) && roomSeq > before.lastSeq + 1;
    const readSeq = own ? roomSeq : gap ? roomSeq - 1 : before.readSeq;
    if (own) {
      this.own.set(slug, roomSeq);
      this.named.delete(slug);
    } else if (names) this.named.set(slug, [...(this.named.get(slug) ?? []), roomSeq]);
    this.put(slug, {
      lastMessageId: id,
      lastSeq: roomSeq,
      readSeq,
      unread: roomSeq - readSeq,
      mentions: own ? 0 : before.mentions + (names ? 1 : 0),
    });
    if (names) this.emit({ slug, messageId: id, userName: message.userName, text: message.text });
  }

  /** A room that is not viewed names us: its message is fetched, and told if it is new. */
  private async announce(slug: string, messageId: string): Promise<void> {
    const message = await this.deps.newest(slug).catch(() => null);
    if (message?.id !== messageId) {
      if (!message) this.emit({ slug, messageId, userName: "", text: "" });
      return;
    }
    if (message.createdAt > this.since)
      this.emit({ slug, messageId, userName: message.userName, text: message.text });
  }

  private emit(mention: Mention): void {
    for (const listener of [...this.listeners]) listener(mention);
  }

  private put(slug: string, room: RoomActivity): void {
    this.store.setState(({ rooms }) => ({ rooms: { ...rooms, [slug]: room } }));
  }
}
