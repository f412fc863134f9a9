import { clsx } from "clsx";
import { Settings } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useMatch } from "react-router";
import { presentFailure } from "@/core/voice/failure";
import { findRoom } from "@/features/rooms/tree";
import { useCoreState } from "@/ui/core";
import { Tooltip } from "@/ui/Tooltip";
import { DeafenButton, DeviceMenu, LeaveButton, MuteButton } from "./controls";
import { keyName } from "./keys";
import { Signal } from "./Signal";
import { StatusMenu } from "./StatusMenu";
import { useMeter } from "./speaking";
import { VoiceTrouble } from "./VoiceTrouble";

const TONES = {
  idle: "text-faint",
  joining: "text-warn",
  connecting: "text-warn",
  connected: "text-voice",
  reconnecting: "text-warn",
  leaving: "text-faint",
} as const;

/** The room of the call and how it goes. */
function CallLine() {
  const { t } = useTranslation();
  const status = useCoreState("voice", (v) => v.status);
  const slug = useCoreState("voice", (v) => v.roomSlug);
  const title = useCoreState("rooms", (r) => findRoom(r.tree, slug)?.title ?? slug ?? "");
  const online = useCoreState("connection", (c) => c.status);
  const failure = useCoreState("voice", (v) =>
    v.status === "reconnecting" ? presentFailure(v, online) : null,
  );
  const state = (
    <span className="flex flex-wrap items-baseline gap-x-1.5" role="status">
      <span className={clsx("truncate font-semibold text-sm", TONES[status])}>{t(`voice.${status}`)}</span>
      {failure && <span className="max-w-full truncate text-faint text-xs">{failure}</span>}
    </span>
  );
  if (!slug) return <div className="min-w-0 flex-1">{state}</div>;
  return (
    <Link
      to={`/r/${slug}`}
      className="group flex min-w-0 flex-1 flex-col justify-center rounded-lg touch:min-h-11"
      title={t("voice.goTo", { room: title })}
    >
      {state}
      <span className="truncate text-soft text-xs group-hover:text-text group-hover:underline">{title}</span>
    </Link>
  );
}

function InputMeter({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const fill = useMeter(userId);
  return (
    <div role="img" aria-label={t("voice.level")} className="h-1 overflow-hidden rounded-full bg-press">
      <div ref={fill} className="meter-fill h-full rounded-full bg-voice" />
    </div>
  );
}

/** The voice dock of the wide page: always at the foot of the left column. */
export function VoiceDock() {
  const { t } = useTranslation();
  const user = useCoreState("account", (a) => a.user);
  const status = useCoreState("voice", (v) => v.status);
  const ptt = useCoreState("preferences", (p) => (p.inputMode === "ptt" ? p.pttKey : null));
  const room = useMatch("/r/:slug")?.params.slug;
  const settings = useMatch("/settings/*");
  if (!user) return null;
  return (
    <section aria-label={t("voice.dock")} className="shrink-0 border-t">
      <VoiceTrouble slug={room} className="m-2" />
      {status !== "idle" && (
        <div className="border-b px-2 pt-2 pb-2.5">
          <div className="flex items-center gap-1">
            <Signal />
            <CallLine />
            <LeaveButton />
          </div>
          <div className="mt-2 px-2">
            <InputMeter userId={user.id} />
          </div>
          {ptt && (
            <p className="mt-1.5 px-2 text-faint text-xs">{t("voice.pttHold", { key: keyName(ptt) })}</p>
          )}
        </div>
      )}
      <div className="flex h-14 items-center gap-0.5 px-1.5">
        <StatusMenu user={user} />
        <MuteButton />
        <DeafenButton />
        <DeviceMenu />
        <Tooltip text={t("settings.title")}>
          <Link
            to="/settings"
            aria-label={t("settings.title")}
            className={clsx(
              "inline-flex size-8.5 shrink-0 items-center justify-center rounded-lg hover:bg-hover hover:text-text touch:size-11",
              settings ? "bg-hover text-text" : "text-soft",
            )}
          >
            <Settings size={18} aria-hidden />
          </Link>
        </Tooltip>
      </div>
    </section>
  );
}

/** The call on a phone: a bar at the bottom, within reach of a thumb. */
export function VoiceBar() {
  const { t } = useTranslation();
  const user = useCoreState("account", (a) => a.user);
  const status = useCoreState("voice", (v) => v.status);
  if (!user || status === "idle") return null;
  return (
    <section
      aria-label={t("voice.dock")}
      className="relative shrink-0 border-t bg-rail pb-[env(safe-area-inset-bottom)]"
    >
      <div className="absolute inset-x-0 -top-px">
        <InputMeter userId={user.id} />
      </div>
      <div className="flex h-15 items-center gap-1 px-2">
        <Signal large />
        <CallLine />
        <MuteButton size="lg" />
        <DeafenButton size="lg" />
        <DeviceMenu size="lg" />
        <LeaveButton size="lg" />
      </div>
    </section>
  );
}
