import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { PresentUser } from "@/core/model";
import { PersonEntry, VoiceAvatar, VoiceMarks } from "@/features/voice/Person";
import { StatusDot } from "@/features/voice/StatusMenu";
import { useCoreState } from "@/ui/core";

type Row =
  | { kind: "group"; key: string; title: string; count: number }
  | { kind: "user"; key: string; user: PresentUser };

const NOBODY: PresentUser[] = [];

function Member({ user, live, self }: { user: PresentUser; live: boolean; self: boolean }) {
  const { t } = useTranslation();
  return (
    <PersonEntry
      person={user}
      live={live}
      self={self}
      className="flex h-9 w-full items-center gap-2.5 rounded-lg px-2 touch:h-11"
      hover="hover:bg-hover"
    >
      <span className="relative inline-flex">
        <VoiceAvatar person={user} live={live} size="sm" />
        <StatusDot
          status={user.status}
          className="absolute -right-0.5 -bottom-0.5 z-1 border-2 border-rail"
        />
      </span>
      <span className="min-w-0 flex-1 truncate text-left text-sm">
        {user.userName}
        {self && <span className="text-faint"> · {t("members.you")}</span>}
      </span>
      {user.inVoice && <VoiceMarks person={user} />}
    </PersonEntry>
  );
}

/** Who is in the room, those in its voice first; virtualised. */
export function Members({ slug }: { slug: string }) {
  const { t, i18n } = useTranslation();
  const users = useCoreState("rooms", (r) => r.presence[slug]?.users ?? NOBODY);
  const selfId = useCoreState("account", (a) => a.user?.id);
  const called = useCoreState("voice", (v) => v.roomSlug === slug && v.status !== "idle");
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const groups: [string, PresentUser[]][] = [
      [t("members.inVoice"), users.filter((u) => u.inVoice)],
      [t("members.online"), users.filter((u) => !u.inVoice && u.status === "online")],
      [t("members.idle"), users.filter((u) => !u.inVoice && u.status === "idle")],
      [t("members.dnd"), users.filter((u) => !u.inVoice && u.status === "dnd")],
    ];
    const order = new Intl.Collator(i18n.language);
    return groups.flatMap(([title, members]): Row[] =>
      members.length === 0
        ? []
        : [
            { kind: "group", key: title, title, count: members.length },
            ...members
              .toSorted((a, b) => order.compare(a.userName, b.userName))
              .map((user): Row => ({ kind: "user", key: user.userId, user })),
          ],
    );
  }, [users, t, i18n.language]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === "group" ? 34 : 36),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
  });
  return (
    <section
      ref={scroller}
      aria-label={t("members.title")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be a tab stop (WCAG 2.1.1)
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pt-1 pb-3 focus-visible:outline-offset-[-2px]"
    >
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((place) => {
          const row = rows[place.index];
          if (!row) return null;
          return (
            <div
              key={place.key}
              ref={virtual.measureElement}
              data-index={place.index}
              className="absolute top-0 left-0 w-full"
              style={{ transform: `translateY(${place.start}px)` }}
            >
              {row.kind === "group" ? (
                <h2 className="px-2 pt-3 pb-1 font-semibold text-faint text-xs">
                  {row.title} <span className="font-normal tabular-nums">· {row.count}</span>
                </h2>
              ) : (
                <Member user={row.user} live={called && row.user.inVoice} self={row.user.userId === selfId} />
              )}
            </div>
          );
        })}
      </div>
      {users.length <= 1 && <p className="px-2 pt-2 text-faint text-sm">{t("members.nobody")}</p>}
    </section>
  );
}
