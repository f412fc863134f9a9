import { asCoreError } from "../http";
import type { CoreError, TimelineItem, User } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import { Outbox, type OutboxEntry } from "./outbox";
import type { Unsent } from "./unsent";

const RATE_LIMIT_WAIT_MS = 1_000;

interface SenderDeps {
  platform: Platform;
  connection: Connection;
  /** Whether chat.send would go to this room now. */
  canSend(): boolean;
  /** Whether a stored message is, or will be, seen without us. */
  isShown(messageId: string): boolean;
  changed(): void;
}

/** Sends one room's own messages, each until the server has answered it for good. */
export class Sender {
  private readonly outbox: Outbox;
  private closed = false;
  private cancelResend: (() => void) | null = null;

  constructor(private readonly deps: SenderDeps) {
    this.outbox = new Outbox(deps.platform.clock, deps.platform.random);
  }

  get hasWaiting(): boolean {
    return this.outbox.waiting().length > 0;
  }

  close(): void {
    this.closed = true;
    this.cancelResend?.();
  }

  write(author: User, text: string, replyTo: string | null): void {
    this.outbox.add(author, text, replyTo);
    this.deps.changed();
    void this.flush();
  }

  /** Messages that were written before a reload: they go out once the room is joined. */
  restore(author: User, messages: Unsent[]): void {
    for (const message of messages) this.outbox.restore(author, message);
    this.deps.changed();
  }

  unsent(): Omit<Unsent, "slug">[] {
    return this.outbox.unsent();
  }

  /** What is not stored yet, as the timeline shows it. */
  items(): TimelineItem[] {
    return this.outbox.items(this.deps.canSend());
  }

  /** The server has stored a message: it is no longer pending. */
  settle(id: string, senderRequestId?: string): void {
    this.outbox.settle(id, senderRequestId);
  }

  retry(key: string): void {
    const entry = this.outbox.get(key);
    if (entry?.phase !== "failed") return;
    this.outbox.retry(entry);
    this.deps.changed();
    void this.flush();
  }

  discard(key: string): void {
    this.outbox.remove(key);
    this.deps.changed();
  }

  /** Sends what waits, if the room can be sent to. Resolves when all of it was answered. */
  async flush(): Promise<void> {
    if (this.closed || !this.deps.canSend()) return;
    await Promise.all(this.outbox.waiting().map((entry) => this.post(entry)));
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
      if (ack.messageId && this.deps.isShown(ack.messageId)) this.outbox.remove(entry.key);
    } catch (reason) {
      this.refused(entry, asCoreError(reason));
    }
    this.deps.changed();
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
}
