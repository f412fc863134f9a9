import type { CoreError, TimelineItem, User } from "../model";
import type { Clock } from "../platform";
import type { Unsent } from "./unsent";

/** waiting: for a connection; sent: for its answer; stored: for its event. */
type Phase = "waiting" | "sent" | "stored" | "failed";

export interface OutboxEntry {
  readonly key: string;
  readonly item: TimelineItem;
  phase: Phase;
  /** Every request this message went out with; the server's event names the first it stored. */
  readonly requestIds: Set<string>;
  messageId: string | null;
}

/**
 * One room's own messages that are not in its timeline as stored ones yet, in
 * the order they were written. Each keeps one idempotency key however often it
 * is sent, so that it is stored once.
 */
export class Outbox {
  private readonly entries = new Map<string, OutboxEntry>();
  private written = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  add(author: User, text: string, replyTo: string | null): void {
    // Not crypto.randomUUID, which an insecure origin lacks.
    const part = () => Math.floor(this.random() * 36 ** 8).toString(36);
    const key = `${this.clock.now().toString(36)}-${this.written++}-${part()}${part()}`;
    this.restore(author, { key, text, replyTo, createdAt: new Date(this.clock.now()).toISOString() });
  }

  /** Takes a message with the key that it was written under. */
  restore(author: User, { key, text, replyTo, createdAt }: Omit<Unsent, "slug">): void {
    const item: TimelineItem = {
      id: key,
      key,
      roomId: "",
      roomSeq: 0,
      userId: author.id,
      userName: author.name,
      text,
      replyTo,
      createdAt,
      editedAt: null,
      deletedAt: null,
      reactions: [],
      state: "queued",
    };
    this.entries.set(key, { key, item, phase: "waiting", requestIds: new Set(), messageId: null });
  }

  /** What a reload must not lose: everything that the server has not said it has. */
  unsent(): Omit<Unsent, "slug">[] {
    return [...this.entries.values()]
      .filter((entry) => entry.phase !== "stored")
      .map(({ key, item: { text, replyTo, createdAt } }) => ({ key, text, replyTo, createdAt }));
  }

  get(key: string): OutboxEntry | undefined {
    return this.entries.get(key);
  }

  remove(key: string): void {
    this.entries.delete(key);
  }

  waiting(): OutboxEntry[] {
    return [...this.entries.values()].filter((entry) => entry.phase === "waiting");
  }

  fail(entry: OutboxEntry, error: CoreError): void {
    entry.phase = "failed";
    entry.item.error = error;
  }

  retry(entry: OutboxEntry): void {
    entry.phase = "waiting";
    delete entry.item.error;
  }

  /** Forgets the entry that the server has stored as message `id`. */
  settle(id: string, senderRequestId?: string): void {
    for (const entry of this.entries.values()) {
      const mine = senderRequestId !== undefined && entry.requestIds.has(senderRequestId);
      if (mine || entry.messageId === id) this.entries.delete(entry.key);
    }
  }

  /** The entries as the timeline shows them. */
  items(canSend: boolean): TimelineItem[] {
    return [...this.entries.values()].map((entry) => ({ ...entry.item, state: shown(entry.phase, canSend) }));
  }
}

function shown(phase: Phase, canSend: boolean): TimelineItem["state"] {
  if (phase === "failed") return "failed";
  return phase === "stored" || canSend ? "sending" : "queued";
}
