import { Users, X } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Composer } from "@/features/chat/Composer";
import { Timeline } from "@/features/chat/Timeline";
import { TimelineSkeleton } from "@/features/chat/TimelineRow";
import { Members } from "@/features/rooms/Members";
import { RoomHeader } from "@/features/rooms/RoomHeader";
import { findRoom, rememberRoom } from "@/features/rooms/tree";
import { VoiceStrip } from "@/features/voice/VoiceStrip";
import { VoiceTrouble } from "@/features/voice/VoiceTrouble";
import { Button, IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { ErrorNotice } from "@/ui/Notice";
import { useOverlay } from "@/ui/overlay";
import { usePhone } from "@/ui/useMedia";
import { useTitle } from "./Attention";

/** One room: its voice, its messages, its people. */
export function RoomPage() {
  const { slug = "" } = useParams();
  const core = useCore();
  const { t } = useTranslation();
  const phone = usePhone();
  const { drawer, setDrawer } = useOverlay();
  const tree = useCoreState("rooms", (r) => r.tree);
  const timeline = useCoreState("chat", (c) => c.timelines[slug]);
  const selfId = useCoreState("account", (a) => a.user?.id ?? "");
  const membersOpen = useCoreState("preferences", (p) => p.membersOpen);
  const room = findRoom(tree, slug);
  const known = room !== undefined;

  useEffect(() => {
    if (!known) return;
    rememberRoom(slug);
    // What went wrong is in the timeline's own error.
    core.room.open(slug).catch(() => {});
  }, [core, slug, known]);
  useTitle(room?.title);

  if (tree && !room) {
    return (
      <main
        id="main"
        tabIndex={-1}
        className="flex min-w-0 flex-1 flex-col items-center justify-center gap-1 p-8 text-center"
      >
        <h1 className="font-semibold text-xl">{t("rooms.notFound")}</h1>
        <p className="text-soft">{t("rooms.notFoundHint")}</p>
        <p className="mt-1 text-faint text-xs">RoomNotFound</p>
        <Link
          to="/"
          className="mt-4 inline-flex h-9 items-center rounded-lg bg-accent px-3.5 font-medium text-on-accent text-sm hover:bg-accent-strong touch:h-11"
        >
          {t("rooms.toGeneral")}
        </Link>
      </main>
    );
  }
  if (!room) {
    return (
      <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col">
        <div className="h-13 border-b" />
        <TimelineSkeleton />
      </main>
    );
  }
  const failed = timeline?.error && !timeline.loaded;
  return (
    <>
      <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col">
        <RoomHeader room={room} />
        <VoiceStrip slug={slug} />
        {phone && <VoiceTrouble slug={slug} className="mx-3 mt-2" />}
        {failed && timeline.error ? (
          <div className="flex min-h-0 flex-1 items-center justify-center p-6">
            <ErrorNotice error={timeline.error} className="max-w-md">
              <Button size="sm" onClick={() => void core.room.open(slug).catch(() => {})}>
                {t("action.retry")}
              </Button>
            </ErrorNotice>
          </div>
        ) : timeline?.loaded ? (
          <Timeline key={slug} room={room} timeline={timeline} selfId={selfId} />
        ) : (
          <TimelineSkeleton />
        )}
        <Composer key={`${slug}-composer`} room={room} />
      </main>
      {!phone && membersOpen && (
        <aside aria-label={t("members.title")} className="flex w-60 shrink-0 flex-col border-l bg-rail">
          <Members slug={slug} />
        </aside>
      )}
      {phone && drawer === "members" && (
        <aside aria-label={t("members.title")} className="fade fixed inset-0 z-30 flex flex-col bg-rail">
          <div className="flex h-13 shrink-0 items-center gap-2.5 border-b pr-1 pl-4">
            <Users size={18} aria-hidden className="text-soft" />
            <h2 className="flex-1 font-semibold">{t("members.title")}</h2>
            <IconButton label={t("members.hide")} size="lg" onClick={() => setDrawer(null)}>
              <X size={20} aria-hidden />
            </IconButton>
          </div>
          <Members slug={slug} />
        </aside>
      )}
    </>
  );
}
