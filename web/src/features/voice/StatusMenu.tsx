import { clsx } from "clsx";
import { useTranslation } from "react-i18next";
import type { PresenceStatus, User } from "@/core/model";
import { Avatar } from "@/ui/Avatar";
import { useCore, useCoreState } from "@/ui/core";
import { MenuContent, MenuLabel, MenuRadio, MenuRadioGroup, MenuRoot, MenuTrigger } from "@/ui/Menu";
import { useRing } from "./speaking";

const DOTS = { online: "bg-voice", idle: "bg-warn", dnd: "bg-danger" };
const STATUSES: PresenceStatus[] = ["online", "idle", "dnd"];

/** A status as a small disc; do-not-disturb has a bar in it, so that it is more than a colour. */
export function StatusDot({ status, className }: { status: PresenceStatus; className?: string }) {
  const { t } = useTranslation();
  return (
    <span
      role="img"
      aria-label={t(`members.${status}`)}
      className={clsx("flex size-2.5 items-center justify-center rounded-full", DOTS[status], className)}
    >
      {status === "dnd" && <span className="h-0.5 w-1 rounded-full bg-on-danger" />}
    </span>
  );
}

/** Oneself at the foot of the rooms: pressing opens the choice of the own status. */
export function StatusMenu({ user }: { user: User }) {
  const core = useCore();
  const { t } = useTranslation();
  const chosen = useCoreState("status", (s) => s.chosen);
  const shown = useCoreState("status", (s) => s.shown);
  const inVoice = useCoreState("voice", (v) => v.status !== "idle");
  const ring = useRing(user.id, inVoice);
  return (
    <MenuRoot>
      <MenuTrigger asChild>
        <button
          type="button"
          aria-label={t("members.statusOf", { status: t(`members.${shown}`) })}
          className="flex h-11 min-w-0 flex-1 items-center gap-2 rounded-lg px-1.5 text-left hover:bg-hover"
        >
          <span className="relative inline-flex shrink-0">
            <span ref={ring} data-voice-of={user.id} className="inline-flex rounded-full">
              <Avatar id={user.id} name={user.name} />
            </span>
            <StatusDot
              status={shown}
              className="absolute -right-0.5 -bottom-0.5 z-1 size-3! border-2 border-rail"
            />
          </span>
          <span className="min-w-0 flex-1">
            <span className="block truncate font-semibold text-sm">{user.name}</span>
            <span className="block truncate text-faint text-xs">
              {shown === "online" ? t(`roles.${user.role}`) : t(`members.${shown}`)}
            </span>
          </span>
        </button>
      </MenuTrigger>
      <MenuContent side="top" align="start">
        <MenuLabel>{t("members.status")}</MenuLabel>
        <MenuRadioGroup value={chosen} onValueChange={(value) => core.setStatus(value as PresenceStatus)}>
          {STATUSES.map((status) => (
            <MenuRadio key={status} value={status}>
              <span className="flex items-start gap-2.5">
                <StatusDot status={status} className="mt-1 shrink-0" />
                <span className="min-w-0 whitespace-normal">
                  {t(`members.${status}`)}
                  {status !== "online" && (
                    <span className="block text-faint text-xs">{t(`members.${status}Hint`)}</span>
                  )}
                </span>
              </span>
            </MenuRadio>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </MenuRoot>
  );
}
