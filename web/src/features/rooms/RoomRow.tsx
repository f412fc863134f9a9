import { clsx } from "clsx";
import { Hash, LoaderCircle, PhoneCall } from "lucide-react";
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import type { Room } from "@/core/model";
import { PersonEntry, VoiceAvatar, VoiceMarks } from "@/features/voice/Person";
import { useVoicePeople, type VoicePerson } from "@/features/voice/people";
import { IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { useOverlay } from "@/ui/overlay";
import { Tooltip } from "@/ui/Tooltip";

const NONE: string[] = [];

function PersonRow({
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
        menu={live && !self}
        className="flex h-7 w-full items-center gap-2 rounded-md pr-2 pl-8.5 text-sm text-soft touch:h-11"
      >
        <VoiceAvatar person={person} live={live} speaking={speaking} size="xs" />
        <span className="min-w-0 flex-1 truncate text-left">{person.userName}</span>
        <VoiceMarks person={person} size={13} />
      </PersonEntry>
    </li>
  );
}

/** One room of the tree with the people in its voice. */
export function RoomRow({ room }: { room: Room }) {
  const core = useCore();
  const { t } = useTranslation();
  const setDrawer = useOverlay((o) => o.setDrawer);
  const { people, mine } = useVoicePeople(room.slug);
  const speaking = useCoreState("voice", (v) => v.speakingByRoom[room.slug] ?? NONE);
  const selfId = useCoreState("account", (a) => a.user?.id);
  const coming = useCoreState("voice", (v) => v.movingTo === room.slug);
  const label = t("rooms.join", { room: room.title });
  return (
    <li>
      <div className="group relative flex items-center">
        <NavLink
          to={`/r/${room.slug}`}
          data-room={room.slug}
          onClick={() => setDrawer(null)}
          className={({ isActive }) =>
            clsx(
              "flex h-8 min-w-0 flex-1 items-center gap-2 rounded-lg pr-9 pl-2.5 text-base transition-colors touch:h-11",
              isActive ? "bg-hover font-medium text-text" : "text-soft hover:bg-hover hover:text-text",
            )
          }
        >
          {coming ? (
            <LoaderCircle size={16} aria-hidden className="shrink-0 animate-spin text-warn" />
          ) : mine ? (
            <PhoneCall size={16} aria-hidden className="shrink-0 text-voice" />
          ) : (
            <Hash size={16} aria-hidden className="shrink-0 text-faint" />
          )}
          <span className="truncate">{room.title}</span>
          {mine && <span className="sr-only">({t("voice.here")})</span>}
        </NavLink>
        {!mine && (
          <span className="absolute right-0.5 opacity-0 transition-opacity focus-within:opacity-100 group-hover:opacity-100 touch:opacity-100">
            <Tooltip text={t("voice.join")} side="right">
              <IconButton
                label={label}
                size="sm"
                className="hover:text-voice"
                onClick={() => void core.call.join(room.slug).catch(() => {})}
              >
                <PhoneCall size={15} aria-hidden />
              </IconButton>
            </Tooltip>
          </span>
        )}
      </div>
      {people.length > 0 && (
        <ul className="pt-0.5 pb-1.5" aria-label={t("rooms.inVoice", { count: people.length })}>
          {people.map((person) => (
            <PersonRow
              key={person.userId}
              person={person}
              live={mine}
              speaking={speaking.includes(person.userId)}
              self={person.userId === selfId}
            />
          ))}
        </ul>
      )}
    </li>
  );
}
