import { useEffect, useState } from "react";

/** Puts text on the clipboard; false when the browser does not let a page do that. */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused: the older way may still work.
  }
  return copyBySelection(text);
}

/** For pages over plain HTTP, where there is no navigator.clipboard. */
function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.style.cssText = "position:fixed;opacity:0;pointer-events:none";
  // Inside an open dialog, which would take the focus back.
  (focused?.closest("[role=dialog]") ?? document.body).append(field);
  field.select();
  let copied = false;
  try {
    copied = document.execCommand("copy");
  } catch {
    // Not there any more in this browser.
  }
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}

const SHOWN_MS = 2_000;

/** A copy button's state, back to idle by itself, and its action. failed: the user has to press the keys. */
export function useCopy(): ["idle" | "copied" | "failed", (text: string) => void] {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state !== "copied") return;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  return [state, (text) => void copyText(text).then((copied) => setState(copied ? "copied" : "failed"))];
}
