import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/shallow";
import type { VoiceParticipant } from "@/core/model";
import { useCoreState } from "@/ui/core";

/** Somebody in a room's voice, as every list shows him. */
export interface VoicePerson {
  userId: string;
  userName: string;
  muted: boolean;
  deafened: boolean;
}

const NOBODY: VoiceParticipant[] = [];

/** Who is in a room's voice, by name: in one's own from the call itself, else from presence. */
export function useVoicePeople(slug: string): { people: VoicePerson[]; mine: boolean } {
  const { i18n } = useTranslation();
  const mine = useCoreState(
    "voice",
    (v) => v.roomSlug === slug && v.status !== "idle" && v.status !== "leaving",
  );
  const called = useCoreState("voice", (v) => (v.roomSlug === slug ? v.participants : NOBODY));
  const present = useCoreState(
    "rooms",
    useShallow((r) => r.presence[slug]?.users.filter((u) => u.inVoice) ?? []),
  );
  const unsorted: VoicePerson[] = mine && called.length > 0 ? called : present;
  const people = useMemo(() => {
    const order = new Intl.Collator(i18n.language);
    return unsorted.toSorted((a, b) => order.compare(a.userName, b.userName));
  }, [unsorted, i18n.language]);
  return { people, mine };
}

/**
 * Those of a long list who are shown: the first by name, and after them who
 * speaks, so that nobody's place changes. `more` are not shown.
 */
export function someOf(people: VoicePerson[], speaking: string[], limit: number) {
  if (people.length <= limit) return { shown: people, more: 0 };
  const shown = people.slice(0, limit);
  for (const person of people.slice(limit)) if (speaking.includes(person.userId)) shown.push(person);
  return { shown, more: people.length - shown.length };
}
