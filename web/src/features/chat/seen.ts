/** How far each room was read on this device: the largest roomSeq seen. */
const prefix = (userId: string, slug: string) => `boltorezka.seen.${userId}.${slug}`;

/** The roomSeq up to which the room was read; null when it never was opened. */
export function readSeen(userId: string, slug: string): number | null {
  try {
    const raw = localStorage.getItem(prefix(userId, slug));
    return raw === null ? null : Number(raw);
  } catch {
    return null; // storage may be forbidden; then there is no unread line
  }
}

export function writeSeen(userId: string, slug: string, seq: number): void {
  try {
    localStorage.setItem(prefix(userId, slug), String(seq));
  } catch {
    // as above
  }
}

/** A room's unsent text; it lives as long as the tab. */
export function readDraft(slug: string): string {
  try {
    return sessionStorage.getItem(`boltorezka.draft.${slug}`) ?? "";
  } catch {
    return "";
  }
}

export function writeDraft(slug: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(`boltorezka.draft.${slug}`, text);
    else sessionStorage.removeItem(`boltorezka.draft.${slug}`);
  } catch {
    // a full or forbidden storage costs the draft, nothing more
  }
}
