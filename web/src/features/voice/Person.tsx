import { clsx } from "clsx";
import { HeadphoneOff, MicOff, RotateCcw, Volume2 } from "lucide-react";
import { Popover as P } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "@/ui/Avatar";
import { IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { Slider } from "@/ui/Toggle";
import type { VoicePerson } from "./people";
import { useRing } from "./speaking";

/** An avatar with the speaking ring: live in one's own room, by `speaking` elsewhere. */
export function VoiceAvatar({
  person,
  live,
  speaking,
  size,
}: {
  person: VoicePerson;
  live: boolean;
  speaking?: boolean | undefined;
  size: "xs" | "sm" | "md" | "lg";
}) {
  const ring = useRing(person.userId, live);
  return (
    <span
      ref={ring}
      data-voice-of={person.userId}
      className="inline-flex rounded-full"
      {...(!live && speaking ? { "data-speaking": "" } : {})}
    >
      <Avatar id={person.userId} name={person.userName} size={size} />
    </span>
  );
}

/** The marks of a person whose microphone or sound is off. */
export function VoiceMarks({ person, size = 14 }: { person: VoicePerson; size?: number }) {
  const { t } = useTranslation();
  return (
    <>
      {person.muted && (
        <MicOff size={size} role="img" aria-label={t("voice.muted")} className="shrink-0 text-danger" />
      )}
      {person.deafened && (
        <HeadphoneOff
          size={size}
          role="img"
          aria-label={t("voice.deafened")}
          className="shrink-0 text-danger"
        />
      )}
    </>
  );
}

/** What can be done about one person in one's voice: the volume, for oneself. */
export function PersonMenu({ person, children }: { person: VoicePerson; children: ReactElement }) {
  const core = useCore();
  const { t } = useTranslation();
  const volume = useCoreState(
    "voice",
    (v) => v.participants.find((p) => p.userId === person.userId)?.volume ?? 1,
  );
  const percent = Math.round(volume * 100);
  return (
    <P.Root>
      <P.Trigger asChild>{children}</P.Trigger>
      <P.Portal>
        <P.Content
          sideOffset={6}
          collisionPadding={8}
          aria-label={person.userName}
          className="pop z-50 w-64 rounded-xl border border-line-strong bg-raised p-3 shadow-pop"
        >
          <div className="flex items-center gap-2.5">
            <Avatar id={person.userId} name={person.userName} />
            <p className="min-w-0 flex-1 truncate font-semibold">{person.userName}</p>
            <VoiceMarks person={person} size={16} />
          </div>
          <div className="mt-3 flex h-7 items-center gap-2 text-sm">
            <Volume2 size={15} aria-hidden className="text-soft" />
            <span className="flex-1 text-soft">{t("members.volume")}</span>
            <span className={clsx("tabular-nums", percent > 100 && "text-warn")}>{percent}%</span>
            {percent !== 100 && (
              <IconButton
                label={t("members.resetVolume")}
                title={t("members.resetVolume")}
                size="sm"
                onClick={() => core.call.setVolume(person.userId, 1)}
              >
                <RotateCcw size={14} aria-hidden />
              </IconButton>
            )}
          </div>
          <Slider
            label={t("members.volume")}
            min={0}
            max={200}
            step={5}
            value={percent}
            onChange={(value) => core.call.setVolume(person.userId, value / 100)}
            valueText={`${percent}%`}
          />
          <p className="mt-1.5 text-faint text-xs">{t("members.volumeHint")}</p>
        </P.Content>
      </P.Portal>
    </P.Root>
  );
}

/** Somebody in a list: a button to his menu where one has one, and plain otherwise. */
export function PersonEntry({
  person,
  menu,
  className,
  hover = "hover:bg-hover hover:text-text",
  children,
}: {
  person: VoicePerson;
  menu: boolean;
  className: string;
  hover?: string;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  if (!menu) return <div className={className}>{children}</div>;
  return (
    <PersonMenu person={person}>
      <button
        type="button"
        aria-label={t("members.menu", { name: person.userName })}
        className={clsx(className, hover)}
      >
        {children}
      </button>
    </PersonMenu>
  );
}
