import { create } from "zustand";
import type { JumpTarget } from "@/core/model";

interface JumpState {
  wanted: { slug: string; target: JumpTarget } | null;
  ask: (slug: string, target: JumpTarget) => void;
  taken: () => void;
}

/** Where a room's timeline was asked to go from outside of it. */
export const useJump = create<JumpState>((set) => ({
  wanted: null,
  ask: (slug, target) => set({ wanted: { slug, target } }),
  taken: () => set({ wanted: null }),
}));
