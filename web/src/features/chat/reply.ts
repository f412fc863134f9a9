import { create } from "zustand";
import type { TimelineItem } from "@/core/model";

interface ReplyState {
  /** By room slug: the message that the next one answers. */
  targets: Record<string, TimelineItem | undefined>;
  set: (slug: string, item: TimelineItem | undefined) => void;
}

/** What the composer of each room replies to. */
export const useReply = create<ReplyState>((set) => ({
  targets: {},
  set: (slug, item) => set((state) => ({ targets: { ...state.targets, [slug]: item } })),
}));
