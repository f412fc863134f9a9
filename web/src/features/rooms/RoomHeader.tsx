import {
  Ellipsis,
  Menu as MenuIcon,
  PanelRight,
  PhoneCall,
  UserPlus,
  Users,
  Waypoints,
  Zap,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Room } from "@/core/model";
import { useRole } from "@/features/account";
import { Button, IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { useOverlay } from "@/ui/overlay";
import { Tooltip } from "@/ui/Tooltip";
import { usePhone } from "@/ui/useMedia";
import { RoomMenu } from "./RoomMenu";

/** How the room's voice travels; shown once two are in it. */
function TopologyHint({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const talking = useCoreState("rooms", (r) => r.presence[slug]?.users.filter((u) => u.inVoice).length ?? 0);
  const present = useCoreState("rooms", (r) => r.presence[slug]?.topology ?? "sfu");
  const called = useCoreState("voice", (v) =>
    v.roomSlug === slug && v.status !== "idle" ? v.topology : null,
  );
  if (talking < 2) return null;
  const direct = (called ?? present) === "p2p";
  return (
    <Tooltip text={t(direct ? "voice.directHint" : "voice.serverHint")} side="bottom">
      <span className="inline-flex shrink-0 items-center gap-1 rounded-md bg-hover px-1.5 py-0.5 text-soft text-xs">
        {direct ? <Zap size={12} aria-hidden /> : <Waypoints size={12} aria-hidden />}
        <span className="max-sm:sr-only">{t(direct ? "voice.direct" : "voice.server")}</span>
      </span>
    </Tooltip>
  );
}

/** The line over a room: its title and what can be done with it. */
export function RoomHeader({ room }: { room: Room }) {
  const core = useCore();
  const { t } = useTranslation();
  const phone = usePhone();
  const { show, setDrawer } = useOverlay();
  const member = useRole("member");
  const membersOpen = useCoreState("preferences", (p) => p.membersOpen);
  const here = useCoreState(
    "voice",
    (v) => v.roomSlug === room.slug && v.status !== "idle" && v.status !== "leaving",
  );
  const busy = useCoreState("voice", (v) => v.status === "leaving" || v.movingTo === room.slug);
  const people = useCoreState("rooms", (r) => r.presence[room.slug]?.users.length ?? 0);
  return (
    <header className="flex h-13 shrink-0 items-center gap-1 border-b px-1.5 sm:pr-3 sm:pl-5">
      {phone && (
        <IconButton label={t("rooms.open")} size="lg" onClick={() => setDrawer("rooms")}>
          <MenuIcon size={20} aria-hidden />
        </IconButton>
      )}
      <div className="flex min-w-0 flex-1 items-center gap-2.5">
        <h1 className="truncate font-semibold text-base sm:text-lg">{room.title}</h1>
        <TopologyHint slug={room.slug} />
      </div>
      {!here && (
        <Button
          kind="voice"
          className="mr-1"
          disabled={busy}
          aria-label={t("voice.join")}
          onClick={() => void core.call.join(room.slug).catch(() => {})}
        >
          <PhoneCall size={16} aria-hidden />
          <span className="max-sm:hidden">{t("voice.join")}</span>
        </Button>
      )}
      {member && !phone && (
        <Tooltip text={t("invite.open")} side="bottom">
          <IconButton label={t("invite.open")} onClick={() => show({ kind: "invite" })}>
            <UserPlus size={18} aria-hidden />
          </IconButton>
        </Tooltip>
      )}
      <RoomMenu room={room} here>
        <IconButton label={t("rooms.more")} title={t("rooms.more")} size={phone ? "lg" : "md"}>
          <Ellipsis size={18} aria-hidden />
        </IconButton>
      </RoomMenu>
      {phone ? (
        <IconButton label={t("members.show")} size="lg" onClick={() => setDrawer("members")}>
          <Users size={18} aria-hidden />
        </IconButton>
      ) : (
        <Tooltip text={t(membersOpen ? "members.hide" : "members.show")} side="bottom">
          <button
            type="button"
            aria-label={t(membersOpen ? "members.hide" : "members.show")}
            aria-expanded={membersOpen}
            onClick={() => core.setPreference("membersOpen", !membersOpen)}
            className="inline-flex h-8.5 items-center gap-1.5 rounded-lg px-2 text-soft hover:bg-hover hover:text-text touch:h-11"
          >
            <PanelRight size={18} aria-hidden />
            <span className="text-sm tabular-nums">{people}</span>
          </button>
        </Tooltip>
      )}
    </header>
  );
}
