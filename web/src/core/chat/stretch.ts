import type { Message, TimelineItem } from "../model";
import { contiguousTail, largestSeq, merge } from "./timeline";

/** So many messages are kept when one end is let go. */
const KEPT = 500;
/** What comes in live may grow a stretch so far before an end is let go. */
const GROWN = 1_000;

/**
 * The unbroken part of a room's stored messages that is in memory, however
 * long the room is: going one way lets go of the other end.
 */
export class Stretch {
  items: TimelineItem[] = [];
  /** There are older ones. */
  hasMore = false;
  /** There are newer ones. */
  hasNewer = false;
  /** Nothing is missing from the first item up to this roomSeq. */
  tail = 0;

  get first(): TimelineItem | undefined {
    return this.items[0];
  }

  /** Forgets what was there. */
  begin(messages: Message[], hasMore: boolean, hasNewer: boolean): void {
    this.items = merge([], messages);
    this.hasMore = hasMore;
    this.hasNewer = hasNewer;
    this.tail = largestSeq(this.items);
  }

  /** Adds messages; those beyond a gap are shown and `tail` stays before it. */
  take(messages: Message[]): void {
    this.items = merge(this.items, messages);
    this.tail = contiguousTail(this.items, this.tail);
  }

  /** Adds all that comes after `tail` up to the last of `messages`, or up to `reached`. */
  extend(messages: Message[], reached: number): void {
    this.items = merge(this.items, messages);
    this.tail = contiguousTail(this.items, Math.max(this.tail, reached, messages.at(-1)?.roomSeq ?? 0));
  }

  /** Puts the truth in place of what was there up to its end; what came in live after it stays. */
  renew(messages: Message[]): void {
    const end = messages.at(-1)?.roomSeq ?? this.tail;
    this.items = merge(
      this.items.filter((item) => item.roomSeq > end),
      messages,
    );
    this.tail = contiguousTail(this.items, end);
  }

  /** Adds a page of older ones, letting go of the newest. */
  older(messages: Message[], hasMore: boolean): void {
    this.items = merge(this.items, messages);
    this.hasMore = hasMore;
    this.dropNewest();
  }

  /** Adds a page of newer ones, letting go of the oldest. */
  newer(messages: Message[], hasNewer: boolean): void {
    this.extend(messages, 0);
    this.hasNewer = hasNewer;
    this.dropOldest();
  }

  /** Bounds what has come in live: the end that is not looked at is let go. */
  bound(following: boolean): void {
    if (this.items.length <= GROWN) return;
    if (following) this.dropOldest();
    else this.dropNewest();
  }

  /** Changes one message, if it is here. */
  change(id: string, apply: (item: TimelineItem) => TimelineItem): void {
    const at = this.items.findIndex((item) => item.id === id);
    const item = this.items[at];
    if (!item) return;
    const changed = apply(item);
    if (changed !== item) this.items = this.items.with(at, changed);
  }

  private dropNewest(): void {
    if (this.items.length <= KEPT) return;
    this.items = this.items.slice(0, KEPT);
    this.tail = largestSeq(this.items);
    this.hasNewer = true;
  }

  private dropOldest(): void {
    if (this.items.length <= KEPT) return;
    this.items = this.items.slice(-KEPT);
    this.hasMore = true;
  }
}
