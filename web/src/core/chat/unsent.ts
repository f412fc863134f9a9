import type { StorageLike } from "../platform";
import { readJson, writeJson } from "../preferences";

const KEY = "boltorezka.unsent";
/** More than this is not kept: the newest are. */
const LIMIT = 100;

/** A message that was written and is not known to be stored. */
export interface Unsent {
  slug: string;
  key: string;
  text: string;
  replyTo: string | null;
  createdAt: string;
}

/**
 * One user's unsent messages, kept by the tab over a reload. Their keys are
 * kept with them, so that one that was stored meanwhile is not stored twice.
 */
export class UnsentMessages {
  constructor(private readonly storage: StorageLike | null) {}

  load(userId: string): Unsent[] {
    const kept = readJson(this.storage, KEY);
    return kept.userId === userId && Array.isArray(kept.messages) ? kept.messages.filter(isUnsent) : [];
  }

  keep(userId: string, messages: Unsent[]): void {
    writeJson(this.storage, KEY, { userId, messages: messages.slice(-LIMIT) });
  }
}

function isUnsent(value: unknown): value is Unsent {
  const one = (value ?? {}) as Record<string, unknown>;
  const texts = [one.slug, one.key, one.text, one.createdAt];
  return (
    texts.every((text) => typeof text === "string") &&
    (one.replyTo === null || typeof one.replyTo === "string")
  );
}
