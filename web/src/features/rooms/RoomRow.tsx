import { clsx } from "clsx";
import { Ellipsis, Hash, LoaderCircle, PhoneCall } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import type { Room } from "@/core/model";
import { PersonEntry, VoiceAvatar, VoiceMarks } from "@/features/voice/Person";
import { someOf, useVoicePeople, type VoicePerson } from "@/features/voice/people";
import { StatusDot } from "@/features/voice/StatusMenu";
import { IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { useOverlay } from "@/ui/overlay";
import { Tooltip } from "@/ui/Tooltip";
import { RoomMenu } from "./RoomMenu";

const NONE: string[] = [];
/** More than so many under a room are a number. */
const SHOWN = 16;

function PersonRow({
  slug,
  person,
  live,
  speaking,
  self,
}: {
  slug: string;
  person: VoicePerson;
  live: boolean;
  speaking: boolean;
  self: boolean;
}) {
  const status = useCoreState(
    "rooms",
    (r) => r.presence[slug]?.users.find((user) => user.userId === person.userId)?.status ?? "online",
  );
  return (
    <li>
      <PersonEntry
        person={person}
        live={live}
        self={self}
        className="flex h-7 w-full items-center gap-2 rounded-md pr-2 pl-8.5 text-sm text-soft touch:h-11"
      >
        <VoiceAvatar person={person} live={live} speaking={speaking} size="xs" />
        <span className="min-w-0 flex-1 truncate text-left">{person.userName}</span>
        {status !== "online" && <StatusDot status={status} className="size-2!" />}
        <VoiceMarks person={person} size={13} />
      </PersonEntry>
    </li>
  );
}

/** What waits in a room: how often we are named there, or that there is something at all. */
function Waiting({ unread, mentions }: { unread: boolean; mentions: number }) {
  const { t } = useTranslation();
  if (mentions > 0) {
    return (
      <span className="min-w-5 shrink-0 rounded-full bg-accent px-1.5 text-center font-semibold text-on-accent text-xs leading-5 tabular-nums">
        <span aria-hidden>{mentions > 99 ? "99+" : mentions}</span>
        <span className="sr-only">({t("rooms.mentions", { count: mentions })})</span>
      </span>
    );
  }
  if (!unread) return null;
  return (
    <span className="size-2 shrink-0 rounded-full bg-text">
      <span className="sr-only">({t("rooms.unread")})</span>
    </span>
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
  const unread = useCoreState("activity", (a) => (a.rooms[room.slug]?.unread ?? 0) > 0);
  const mentions = useCoreState("activity", (a) => a.rooms[room.slug]?.mentions ?? 0);
  const [menu, setMenu] = useState(false);
  const { shown, more } = someOf(people, speaking, SHOWN);
  const label = t("rooms.join", { room: room.title });
  return (
    <li>
      <div className="group relative flex items-center">
        <NavLink
          to={`/r/${room.slug}`}
          data-room={room.slug}
          onClick={() => setDrawer(null)}
          onContextMenu={(event) => {
            if (window.matchMedia("(pointer: coarse)").matches) return; // a finger scrolls; the header has it
            event.preventDefault();
            setMenu(true);
          }}
          className={({ isActive }) =>
            clsx(
              "flex h-8 min-w-0 flex-1 items-center gap-2 rounded-lg pr-2.5 pl-2.5 text-base transition-colors group-focus-within:pr-16 group-hover:pr-16 touch:h-11 touch:pr-12!",
              isActive ? "bg-hover" : "hover:bg-hover hover:text-text",
              isActive || unread ? "text-text" : "text-soft",
              unread ? "font-semibold" : isActive && "font-medium",
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
          <span className="min-w-0 flex-1 truncate">{room.title}</span>
          <Waiting unread={unread} mentions={mentions} />
          {mine && <span className="sr-only">({t("voice.here")})</span>}
        </NavLink>
        <span className="absolute right-0.5 flex opacity-0 focus-within:opacity-100 group-hover:opacity-100 touch:opacity-100">
          {!mine && (
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
          )}
          <RoomMenu room={room} open={menu} onOpenChange={setMenu}>
            <IconButton label={t("rooms.menuOf", { room: room.title })} size="sm" className="touch:hidden">
              <Ellipsis size={15} aria-hidden />
            </IconButton>
          </RoomMenu>
        </span>
      </div>
      {people.length > 0 && (
        <ul className="pt-0.5 pb-1.5" aria-label={t("rooms.inVoice", { count: people.length })}>
          {shown.map((person) => (
            <PersonRow
              key={person.userId}
              slug={room.slug}
              person={person}
              live={mine}
              speaking={speaking.includes(person.userId)}
              self={person.userId === selfId}
            />
          ))}
          {more > 0 && (
            <li className="py-1 pl-8.5 text-faint text-sm">{t("rooms.moreInVoice", { count: more })}</li>
          )}
        </ul>
      )}
    </li>
  );
}
