import { type ComponentType, useSyncExternalStore } from "react";
import { inline } from "./links";
import { useNames } from "./names";

/** What Markdown is made of; a text without any of it is shown at once. */
const MARKED = /[*_~`\\[<]|^[ \t]*(?:>|[-+]\s|\d{1,9}[.)]\s)/m;

type View = ComponentType<{ text: string }>;
let markdown: View | null = null;
const waiting = new Set<() => void>();
// Not in the first load, but asked for with it: it is there before the first messages are.
void import("./Markdown").then(
  (module) => {
    markdown = module.Markdown;
    for (const changed of waiting) changed();
  },
  () => {}, // without it messages are shown as they were written
);

function useMarkdown(): View | null {
  return useSyncExternalStore(
    (changed) => {
      waiting.add(changed);
      return () => waiting.delete(changed);
    },
    () => markdown,
  );
}

/** A message's text. */
export function MessageText({ text }: { text: string }) {
  const names = useNames();
  const Markdown = useMarkdown();
  if (!Markdown || !MARKED.test(text)) return <p>{inline(text, names)}</p>;
  return <Markdown text={text} />;
}
