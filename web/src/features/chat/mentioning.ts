import { fold, isMentionStart } from "./names";

/** So many are offered at a time. */
const OFFERED = 6;
/** A name is not longer, so that what follows a far @ is none. */
const LONGEST = 32;

/** What stands between an @ and the caret. */
export interface Mentioning {
  /** Where the @ is. */
  at: number;
  query: string;
}

/** The mention that is being written at the caret, if one is. */
export function mentioningAt(text: string, caret: number): Mentioning | null {
  const before = text.slice(0, caret);
  const at = before.lastIndexOf("@");
  if (at < 0 || !isMentionStart(before, at)) return null;
  const query = before.slice(at + 1);
  return query.length > LONGEST || /[\n@]|\s{2}|^\s/.test(query) ? null : { at, query };
}

/** Whose names can complete it: those that begin so first, then those with a later word that does. */
export function offers(people: readonly string[], query: string, self: string): string[] {
  const wanted = fold(query);
  const others = people.filter((name) => name !== self);
  const begins = others.filter((name) => fold(name).startsWith(wanted));
  const within = others.filter(
    (name) => !fold(name).startsWith(wanted) && wanted !== "" && fold(name).includes(` ${wanted}`),
  );
  const found = [...begins, ...within].slice(0, OFFERED);
  // A whole name with more after it is written, not sought.
  return found.length === 1 && fold(found[0] ?? "") === wanted ? [] : found;
}

/** The text with the name put in, and where the caret is then. */
export function complete(
  text: string,
  { at, query }: Mentioning,
  name: string,
): { text: string; caret: number } {
  const after = text.slice(at + 1 + query.length);
  const space = /^\s/.test(after) ? "" : " ";
  const head = `${text.slice(0, at)}@${name}${space}`;
  return { text: head + after, caret: head.length + (space ? 0 : 1) };
}
