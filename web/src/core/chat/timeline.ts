import type { Message, TimelineItem } from "../model";
import type { ChatMessage } from "../wire";

/** A stored message from the event that announced it. */
export function fromEvent(event: ChatMessage): Message {
  return {
    id: event.id,
    roomId: event.roomId,
    roomSeq: event.roomSeq,
    userId: event.userId,
    userName: event.userName,
    text: event.text,
    replyTo: event.replyTo ?? null,
    createdAt: event.createdAt,
    editedAt: null,
    deletedAt: null,
    reactions: [],
  };
}

/**
 * Adds stored messages to a timeline: each id once, by roomSeq, with those
 * that are not stored yet at the end in the order they were sent. The newer
 * word about a message wins.
 */
export function merge(items: TimelineItem[], messages: Message[]): TimelineItem[] {
  if (messages.length === 0) return items;
  const stored = new Map<string, TimelineItem>();
  const pending: TimelineItem[] = [];
  for (const item of items) {
    if (item.state === "sent") stored.set(item.id, item);
    else pending.push(item);
  }
  const [only] = messages;
  const last = items[items.length - pending.length - 1];
  if (only && messages.length === 1 && only.roomSeq > (last?.roomSeq ?? 0)) {
    // The usual case, a new message at the end, costs no sorting.
    const item: TimelineItem = { ...only, reactions: only.reactions ?? [], state: "sent" };
    return [...items.slice(0, items.length - pending.length), item, ...pending];
  }
  for (const message of messages) {
    stored.set(message.id, { ...message, reactions: message.reactions ?? [], state: "sent" });
  }
  const sorted = [...stored.values()].sort((a, b) => a.roomSeq - b.roomSeq);
  return [...sorted, ...pending];
}

/**
 * The last roomSeq up to which nothing is missing, when `tail` was that before
 * and `items` holds what has come since.
 */
export function contiguousTail(items: TimelineItem[], tail: number): number {
  let end = tail;
  for (const item of items) {
    if (item.state === "sent" && item.roomSeq === end + 1) end++;
  }
  return end;
}

/** The largest roomSeq of a timeline; 0 when it has none. */
export function largestSeq(items: TimelineItem[]): number {
  return items.reduce((max, item) => (item.state === "sent" ? Math.max(max, item.roomSeq) : max), 0);
}
