import { asCoreError } from "../http";
import type { CoreError, Message, RoomTimeline, User } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import type { ChatMessage, Cursor } from "../wire";
import type { History } from "./history";
import { Outbox, type OutboxEntry } from "./outbox";
import { contiguousTail, fromEvent, largestSeq, merge } from "./timeline";
import type { Unsent } from "./unsent";

const RATE_LIMIT_WAIT_MS = 1_000;

export interface RoomChatDeps {
  platform: Platform;
  connection: Connection;
  history: History;
  /** Whether chat.send would go to this room now. */
  canSend(): boolean;
  publish(timeline: RoomTimeline): void;
  /** What `unsent` gives may be another. */
  unsentChanged(): void;
}

/** One room's chat: its timeline, what is missing in it and what is still to be sent. */
export class RoomChat {
  private timeline: RoomTimeline = { items: [], hasMore: false, loading: false, loaded: false, error: null };
  private readonly outbox: Outbox;
  private cursor: Cursor | null = null;
  /** Nothing that was stored up to this roomSeq, from the loaded part on, is missing. */
  private tail = 0;
  private syncing: Promise<void> | null = null;
  private syncAgain = false;
  private closed = false;
  private cancelResend: (() => void) | null = null;

  constructor(
    private readonly slug: string,
    private readonly deps: RoomChatDeps,
  ) {
    this.outbox = new Outbox(deps.platform.clock, deps.platform.random);
  }

  get hasWaiting(): boolean {
    return this.outbox.waiting().length > 0;
  }

  close(): void {
    this.closed = true;
    this.cancelResend?.();
  }

  write(author: User, text: string, replyTo?: string): void {
    this.outbox.add(author, text, replyTo ?? null);
    this.show();
    void this.flush();
  }

  /** Messages that were written before a reload: they go out once the room is joined. */
  restore(author: User, messages: Unsent[]): void {
    for (const message of messages) this.outbox.restore(author, message);
    this.show();
  }

  unsent(): Unsent[] {
    return this.outbox.unsent().map((message) => ({ slug: this.slug, ...message }));
  }

  retry(key: string): void {
    const entry = this.outbox.get(key);
    if (entry?.phase !== "failed") return;
    this.outbox.retry(entry);
    this.show();
    void this.flush();
  }

  discard(key: string): void {
    this.outbox.remove(key);
    this.show();
  }

  /** Sends what waits, if the room can be sent to. Resolves when all of it was answered. */
  async flush(): Promise<void> {
    if (this.closed || !this.deps.canSend()) return;
    await Promise.all(this.outbox.waiting().map((entry) => this.post(entry)));
  }

  receive(event: ChatMessage): void {
    this.outbox.settle(event.id, event.senderRequestId);
    if (!this.timeline.loaded && !this.timeline.loading) {
      this.show();
      return; // history brings it when the room is opened
    }
    this.take([fromEvent(event)]);
    this.tail = contiguousTail(this.timeline.items, this.tail);
    if (this.timeline.loaded && event.roomSeq > this.tail) void this.sync();
  }

  /** Brings the timeline up to date: what waits goes out, what is missing comes in. */
  sync(): Promise<void> {
    if (this.syncing) {
      this.syncAgain = true;
      return this.syncing;
    }
    this.syncing = this.syncOnce().finally(() => {
      this.syncing = null;
      if (this.syncAgain && !this.closed) {
        this.syncAgain = false;
        void this.sync();
      }
    });
    return this.syncing;
  }

  async loadOlder(): Promise<void> {
    if (!this.cursor || this.timeline.loading || !this.timeline.hasMore) return;
    await this.load(this.cursor);
  }

  /** Shows the states anew after the connection came or went. */
  show(): void {
    const stored = this.timeline.items.filter((item) => item.state === "sent");
    this.set({ items: [...stored, ...this.outbox.items(this.deps.canSend())] });
    if (!this.closed) this.deps.unsentChanged();
  }

  private async syncOnce(): Promise<void> {
    // What was in flight first: its answer tells which stored messages are ours.
    await this.flush();
    if (!this.timeline.loaded) {
      await this.load(null);
      return;
    }
    const goal = largestSeq(this.timeline.items);
    try {
      const missed = await this.deps.history.after(this.slug, this.tail);
      if (missed === null) {
        this.set({ items: [], loaded: false });
        this.show();
        await this.load(null);
        return;
      }
      this.take(missed);
      this.tail = Math.max(goal, this.tail, ...missed.map((message) => message.roomSeq));
      this.tail = contiguousTail(this.timeline.items, this.tail);
      this.set({ error: null });
    } catch (reason) {
      this.set({ error: asCoreError(reason) });
    }
  }

  private async load(cursor: Cursor | null): Promise<void> {
    this.set({ loading: true, error: null });
    try {
      const page = await this.deps.history.page(this.slug, cursor);
      this.cursor = page.pagination.nextCursor;
      this.take(page.messages);
      if (!cursor) {
        this.tail = page.messages.reduce((max, message) => Math.max(max, message.roomSeq), 0);
        this.tail = contiguousTail(this.timeline.items, this.tail);
      }
      this.set({ loading: false, loaded: true, hasMore: page.pagination.hasMore });
    } catch (reason) {
      this.set({ loading: false, error: asCoreError(reason) });
    }
  }

  private async post(entry: OutboxEntry): Promise<void> {
    entry.phase = "sent";
    const { text, replyTo } = entry.item;
    try {
      const ack = await this.deps.connection.request("chat.send", replyTo ? { text, replyTo } : { text }, {
        idempotencyKey: entry.key,
        onSent: (requestId) => entry.requestIds.add(requestId),
      });
      entry.phase = "stored";
      entry.messageId = ack.messageId ?? null;
      if (this.timeline.items.some((item) => item.state === "sent" && item.id === ack.messageId)) {
        this.outbox.remove(entry.key);
      }
    } catch (reason) {
      this.refused(entry, asCoreError(reason));
    }
    this.show();
  }

  private refused(entry: OutboxEntry, error: CoreError): void {
    const gone = error.code === "ServerUnreachable" && !this.deps.canSend();
    if (gone || error.code === "NoActiveRoom") {
      entry.phase = "waiting"; // it goes out again when the room is joined again
    } else if (error.code === "RateLimited") {
      entry.phase = "waiting";
      this.cancelResend?.();
      const wait = error.retryAfterMs ?? RATE_LIMIT_WAIT_MS;
      this.cancelResend = this.deps.platform.clock.after(wait, () => void this.flush());
    } else {
      this.outbox.fail(entry, error);
    }
  }

  private take(messages: Message[]): void {
    for (const message of messages) this.outbox.settle(message.id);
    this.set({ items: merge(this.timeline.items, messages) });
    this.show();
  }

  private set(change: Partial<RoomTimeline>): void {
    if (this.closed) return;
    this.timeline = { ...this.timeline, ...change };
    this.deps.publish(this.timeline);
  }
}
