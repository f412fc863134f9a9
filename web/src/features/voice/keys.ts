import { useEffect } from "react";
import type { Core } from "@/core/model";
import { useCoreState } from "@/ui/core";

/** Whether keys typed now are meant for a text field. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches("input:not([type=checkbox],[type=radio],[type=range]), textarea, select"))
  );
}

/** Keys that write nothing may be held while typing as well. */
const SILENT = /^(Control|Shift|Alt|Meta|F\d+|CapsLock|Pause|ScrollLock|Insert)/;

/** How a KeyboardEvent.code is called on its key. */
export function keyName(code: string): string {
  const plain = code.replace(/^(Key|Digit)/, "").replace(/^Numpad/, "Num ");
  const sided = /^(Control|Shift|Alt|Meta)(Left|Right)$/.exec(plain);
  if (sided) return `${sided[2] === "Left" ? "L" : "R"} ${sided[1] === "Control" ? "Ctrl" : sided[1]}`;
  return (
    { Backquote: "`", Minus: "-", Equal: "=", Backslash: "\\", Slash: "/", Period: ".", Comma: "," }[plain] ??
    plain
  );
}

/** Push-to-talk: held is talking; losing the window lets go. */
export function usePushToTalk(core: Core): void {
  const active = useCoreState("preferences", (p) => p.inputMode === "ptt");
  const key = useCoreState("preferences", (p) => p.pttKey);
  const inVoice = useCoreState("voice", (v) => v.status !== "idle");
  useEffect(() => {
    if (!active || !inVoice) return;
    let held = false;
    const set = (talking: boolean) => {
      if (held === talking) return;
      held = talking;
      core.call.setTalking(talking);
    };
    const down = (event: KeyboardEvent) => {
      if (event.code !== key) return;
      if (isTyping(event.target) && !SILENT.test(event.code)) return;
      // Space would otherwise press the button that has the focus.
      if (!SILENT.test(event.code)) event.preventDefault();
      if (!event.repeat) set(true);
    };
    const up = (event: KeyboardEvent) => {
      if (event.code !== key || !held) return;
      if (!SILENT.test(event.code)) event.preventDefault();
      set(false);
    };
    const letGo = () => set(false);
    window.addEventListener("keydown", down, true);
    window.addEventListener("keyup", up, true);
    window.addEventListener("blur", letGo);
    return () => {
      set(false);
      window.removeEventListener("keydown", down, true);
      window.removeEventListener("keyup", up, true);
      window.removeEventListener("blur", letGo);
    };
  }, [core, active, key, inVoice]);
}
