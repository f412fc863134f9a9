import type { TimelineItem } from "@/core/model";

/** What can be done to a message of the timeline; stable as long as the room is open. */
export interface Deeds {
  reply(item: TimelineItem): void;
  edit(item: TimelineItem): void;
  /** Asks first. */
  remove(item: TimelineItem): void;
  react(item: TimelineItem, emoji: string, on: boolean): void;
  /** Opens the emoji picker at an element. */
  pick(item: TimelineItem, at: HTMLElement): void;
  copy(item: TimelineItem): void;
  /** Opens all that can be done, for a finger. */
  sheet(item: TimelineItem): void;
  save(item: TimelineItem, text: string): void;
  cancelEdit(): void;
  jump(messageId: string): void;
  loadOriginal(messageId: string): void;
  retry(key: string): void;
  discard(key: string): void;
}

/** Reactions at hand without the picker. */
export const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "😢"];
