import { clsx } from "clsx";
import { useTranslation } from "react-i18next";
import { useCore, useCoreState } from "@/ui/core";
import { useOverlay } from "@/ui/overlay";
import { usePhone } from "@/ui/useMedia";
import { PersonEntry, VoiceAvatar, VoiceMarks } from "./Person";
import { someOf, useVoicePeople, type VoicePerson } from "./people";

const NONE: string[] = [];
/** More than so many are a number here, and names among the people of the room. */
const SHOWN = 24;

function Card({
  person,
  live,
  speaking,
  self,
}: {
  person: VoicePerson;
  live: boolean;
  speaking: boolean;
  self: boolean;
}) {
  return (
    <li>
      <PersonEntry
        person={person}
        live={live}
        self={self}
        className="flex h-11 max-w-52 items-center gap-2.5 rounded-full border border-line bg-ground pr-3.5 pl-1.5"
        hover="transition-colors hover:border-line-strong hover:bg-hover"
      >
        <VoiceAvatar person={person} live={live} speaking={speaking} size="md" />
        <span className={clsx("min-w-0 truncate text-sm", (person.muted || person.deafened) && "text-soft")}>
          {person.userName}
        </span>
        <VoiceMarks person={person} />
      </PersonEntry>
    </li>
  );
}

/** Who is in the voice of the room that is viewed; nothing when nobody is. */
export function VoiceStrip({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const { people, mine } = useVoicePeople(slug);
  const speaking = useCoreState("voice", (v) => v.speakingByRoom[slug] ?? NONE);
  const selfId = useCoreState("account", (a) => a.user?.id);
  const core = useCore();
  const phone = usePhone();
  const setDrawer = useOverlay((o) => o.setDrawer);
  if (people.length === 0) return null;
  const { shown, more } = someOf(people, speaking, SHOWN);
  return (
    <section aria-label={t("voice.strip")} className="shrink-0 border-b bg-raised">
      <ul
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be a tab stop (WCAG 2.1.1)
        tabIndex={0}
        className="flex max-h-32 gap-2 overflow-x-auto px-3 py-2.5 sm:flex-wrap sm:overflow-y-auto sm:px-5"
      >
        {shown.map((person) => (
          <Card
            key={person.userId}
            person={person}
            live={mine}
            speaking={speaking.includes(person.userId)}
            self={person.userId === selfId}
          />
        ))}
        {more > 0 && (
          <li>
            <button
              type="button"
              onClick={() => (phone ? setDrawer("members") : core.setPreference("membersOpen", true))}
              className="h-11 whitespace-nowrap rounded-full px-3 text-soft text-sm hover:bg-hover hover:text-text"
            >
              {t("rooms.moreInVoice", { count: more })}
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}
