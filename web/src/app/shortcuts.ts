import { useEffect } from "react";
import { useNavigate } from "react-router";
import { roomsOf } from "@/features/rooms/tree";
import { toggleDeafen, toggleMute } from "@/features/voice/controls";
import { isTyping } from "@/features/voice/keys";
import { useCore } from "@/ui/core";
import { useOverlay } from "@/ui/overlay";

/** The shortcuts that work everywhere; settings/ShortcutList.tsx lists them. */
export function useShortcuts(): void {
  const core = useCore();
  const navigate = useNavigate();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { overlay, show } = useOverlay.getState();
      const mod = event.ctrlKey || event.metaKey;
      const take = (action: () => void) => {
        event.preventDefault();
        action();
      };
      if (mod && !event.altKey && !event.shiftKey && event.code === "KeyK")
        return take(() => show(overlay ? null : { kind: "switcher" }));
      if (mod && event.shiftKey && event.code === "KeyM") return take(() => toggleMute(core));
      if (mod && event.shiftKey && event.code === "KeyD") return take(() => toggleDeafen(core));
      if (mod && event.key === ",") return take(() => void navigate("/settings"));
      if (overlay || event.defaultPrevented) return;
      if (event.altKey && !mod && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        const rooms = roomsOf(core.rooms.getState().tree);
        const at = rooms.findIndex((room) => room.slug === core.rooms.getState().active);
        const next =
          rooms[(at + (event.key === "ArrowUp" ? -1 : 1) + rooms.length) % Math.max(1, rooms.length)];
        if (next) take(() => void navigate(`/r/${next.slug}`));
        return;
      }
      if (mod || event.altKey || isTyping(event.target)) return;
      if (event.key === "?") return take(() => show({ kind: "shortcuts" }));
      if (event.key === "/") return take(() => document.getElementById("composer")?.focus());
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [core, navigate]);
}
