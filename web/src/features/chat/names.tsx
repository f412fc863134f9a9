import { createContext, type ReactNode, use, useMemo } from "react";
import type { TimelineItem } from "@/core/model";
import { useCoreState } from "@/ui/core";

/** The longest name that an account may have, in UTF-16 units. */
const LONGEST = 64;

/** A name as the server compares it. */
export const fold = (name: string) => name.normalize("NFKC").toLowerCase();

/** The names that an @ may stand before. */
export class Names {
  private readonly folded: Set<string>;
  private readonly self: string;

  constructor(names: Iterable<string>, self: string) {
    this.self = fold(self);
    this.folded = new Set([...names].map(fold)).add(this.self);
  }

  /** How long the name is that a text begins with, and whether it is our own; the longest counts. */
  match(text: string): { length: number; self: boolean } | null {
    for (let length = Math.min(LONGEST, text.length); length > 0; length--) {
      const next = text.slice(length, length + 2);
      if (/^[\p{L}\p{N}_]/u.test(next)) continue; // in the middle of a word
      const name = fold(text.slice(0, length));
      if (this.folded.has(name)) return { length, self: name === this.self };
    }
    return null;
  }

  /** Whether a text has our own name after an @. */
  namesSelf(text: string): boolean {
    for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
      if (isMentionStart(text, at) && this.match(text.slice(at + 1, at + 1 + LONGEST + 2))?.self) return true;
    }
    return false;
  }
}

/** Whether the @ at a place can begin a mention: an address like a@b has none. */
export function isMentionStart(text: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}_@.]/u.test(text[at - 1] ?? "");
}

const NOBODY = new Names([], "");
const NamesContext = createContext(NOBODY);

export const useNames = () => use(NamesContext);

/** Everybody of a room whose name is known: who is here, and who wrote what is loaded. */
export function usePeople(slug: string, items: readonly TimelineItem[]): string[] {
  const present = useCoreState("rooms", (r) => r.presence[slug]?.users);
  const key = useMemo(() => {
    const names = new Set<string>();
    for (const user of present ?? []) names.add(user.userName);
    for (const item of items) names.add(item.userName);
    return [...names].sort().join("\n");
  }, [present, items]);
  // The same list as long as nobody new has come.
  return useMemo(() => (key ? key.split("\n") : []), [key]);
}

export function NamesProvider({ people, children }: { people: string[]; children: ReactNode }) {
  const self = useCoreState("account", (a) => a.user?.name ?? "");
  const names = useMemo(() => new Names(people, self), [people, self]);
  return <NamesContext value={names}>{children}</NamesContext>;
}
