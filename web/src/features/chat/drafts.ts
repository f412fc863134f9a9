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
