import { type RefObject, useLayoutEffect } from "react";

const TALLEST = 240;

/** Makes a text field as high as its text, up to a height from which it scrolls. */
export function useGrowing(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const el = field.current;
    if (!el) return;
    el.style.height = "auto";
    el.style.height = `${Math.min(el.scrollHeight, TALLEST)}px`;
    el.style.overflowY = el.scrollHeight > TALLEST ? "auto" : "hidden";
  }, [text, field]);
}
