import { create } from "zustand";
import type { Category, Room } from "@/core/model";

/** The dialog that is open, if any; there is one at a time. */
export type Overlay =
  | { kind: "invite" }
  | { kind: "room"; room: Room | null; categoryId?: string }
  | { kind: "category"; category: Category | null }
  | { kind: "date"; slug: string }
  | { kind: "switcher" }
  | { kind: "shortcuts" };

interface OverlayState {
  overlay: Overlay | null;
  /** On a phone: the rooms or the members lie over the room. */
  drawer: "rooms" | "members" | null;
  show: (overlay: Overlay | null) => void;
  setDrawer: (drawer: "rooms" | "members" | null) => void;
}

/** What lies over the page. */
export const useOverlay = create<OverlayState>((set) => ({
  overlay: null,
  drawer: null,
  show: (overlay) => set({ overlay }),
  setDrawer: (drawer) => set({ drawer }),
}));
