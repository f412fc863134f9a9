import type { TFunction } from "i18next";
import type { Way } from "@/core/model";
import { failures } from "@/core/voice/failure";

/** What a way is called. */
export function wayName(t: TFunction, { kind, server }: Way): string {
  const way = t(`check.way.${kind}`);
  return server === null ? way : t("check.server", { way, n: server });
}

/** Whether it works; of the direct ways to others, how likely that is. */
export function wayState(t: TFunction, { kind, state }: Way): string {
  const guessed = kind === "p2p" && (state === "works" || state === "fails" || state === "unknown");
  return t(guessed ? `check.likely.${state}` : `check.state.${state}`);
}

/** What was measured, in the page's language. */
export function wayFigures(t: TFunction, language: string, way: Way): string[] {
  const round = (value: number, digits = 0) =>
    value.toLocaleString(language, { maximumFractionDigits: digits });
  return [
    way.connectMs !== null && t("check.connected", { value: round(way.connectMs) }),
    way.rttMs !== null && t("check.trip", { value: round(way.rttMs, way.rttMs < 10 ? 1 : 0) }),
    way.lossPct !== null && t("check.lost", { value: round(way.lossPct, 1) }),
  ].filter((part) => part !== false);
}

/** Failures of a path are explained by the note and, all together, by the verdict; others have words of their own. */
const BY_NOTE = new Set(["ice_failed", "turn_failed"]);

/** What there is to say of a way beside its state; null: nothing. */
export function wayNote(t: TFunction, { kind, note, failure }: Way): string | null {
  if (note) return t(`check.note.${note}`);
  if (!failure || BY_NOTE.has(failure)) return null;
  const words = failures[failure];
  const title = `${t(`errors.${words}.title`)}.`;
  // Of paths the same would stand under each.
  return kind === "signalling" ? `${title} ${t(`errors.${words}.hint`)}` : title;
}
