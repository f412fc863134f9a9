import { create } from "zustand";
import type { CoreError, TimelineItem } from "@/core/model";

/** The contract's window for changing and deleting one's own message. */
export const WINDOW_MS = 10 * 60_000;

/** A message that is being changed; `text` when what was typed before was refused with `error`. */
export interface Editing {
  id: string;
  text?: string;
  error?: CoreError;
}

interface EditingState {
  /** By room slug. */
  targets: Record<string, Editing | undefined>;
  set: (slug: string, editing: Editing | undefined) => void;
}

/** Which message of each room is being changed. */
export const useEditing = create<EditingState>((set) => ({
  targets: {},
  set: (slug, editing) => set((state) => ({ targets: { ...state.targets, [slug]: editing } })),
}));

/** Whether a message is there to be changed at all. */
export const isStored = (item: TimelineItem) => item.state === "sent" && item.deletedAt === null;

/** How long, ms, its author may still change a message. */
export const windowLeft = (item: TimelineItem, now: number) =>
  new Date(item.createdAt).getTime() + WINDOW_MS - now;

/** The last message of ours that may still be changed. */
export function lastEditable(items: readonly TimelineItem[], selfId: string, now: number) {
  return items.findLast((item) => item.userId === selfId && isStored(item) && windowLeft(item, now) > 0);
}
