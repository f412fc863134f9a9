import { clsx } from "clsx";
import { HeadphoneOff, MicOff, MicVocal, RotateCcw, Volume2 } from "lucide-react";
import { Popover as P } from "radix-ui";
import { type ReactElement, type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { useRole } from "@/features/account";
import { Avatar } from "@/ui/Avatar";
import { Button, IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { ErrorNotice } from "@/ui/Notice";
import { Slider } from "@/ui/Toggle";
import { useAction } from "@/ui/useAction";
import type { VoicePerson } from "./people";
import { QualityMark, useMarkText } from "./QualityMark";
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

function useOnStage(userId: string): boolean {
  return useCoreState("voice", (v) => v.stage.includes(userId));
}

/** The marks of a person: on the stage, microphone or sound off, and in one's own voice how he is heard. */
export function VoiceMarks({ person, size = 14 }: { person: VoicePerson; size?: number }) {
  const { t } = useTranslation();
  const onStage = useOnStage(person.userId);
  return (
    <>
      {onStage && (
        <MicVocal size={size} role="img" aria-label={t("members.onStage")} className="shrink-0 text-accent" />
      )}
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
      <QualityMark userId={person.userId} size={size} />
    </>
  );
}

/** How loud one person is, for oneself. */
function Volume({ userId }: { userId: string }) {
  const core = useCore();
  const { t } = useTranslation();
  const volume = useCoreState("voice", (v) => v.participants.find((p) => p.userId === userId)?.volume ?? 1);
  const percent = Math.round(volume * 100);
  return (
    <>
      <div className="mt-3 flex h-7 items-center gap-2 text-sm">
        <Volume2 size={15} aria-hidden className="text-soft" />
        <span className="flex-1 text-soft">{t("members.volume")}</span>
        <span className={clsx("tabular-nums", percent > 100 && "text-warn")}>{percent}%</span>
        {percent !== 100 && (
          <IconButton
            label={t("members.resetVolume")}
            title={t("members.resetVolume")}
            size="sm"
            onClick={() => core.call.setVolume(userId, 1)}
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
        onChange={(value) => core.call.setVolume(userId, value / 100)}
        valueText={`${percent}%`}
      />
      <p className="mt-1.5 text-faint text-xs">{t("members.volumeHint")}</p>
    </>
  );
}

/** Puts somebody on the stage and takes him off it. */
function StageButton({ userId }: { userId: string }) {
  const core = useCore();
  const { t } = useTranslation();
  const onStage = useOnStage(userId);
  const { busy, error, run } = useAction();
  return (
    <>
      <Button
        size="sm"
        busy={busy}
        className="mt-3 w-full"
        onClick={() => void run(() => core.call.setOnStage(userId, !onStage))}
      >
        <MicVocal size={15} aria-hidden />
        {t(onStage ? "members.takeOffStage" : "members.putOnStage")}
      </Button>
      <p className="mt-1.5 text-faint text-xs">{t("members.stageHint")}</p>
      {error && <ErrorNotice error={error} className="mt-2" />}
    </>
  );
}

/** What can be done about one person in one's voice: the volume, for oneself, and a moderator's stage. */
function PersonMenu({
  person,
  self,
  stage,
  children,
}: {
  person: VoicePerson;
  self: boolean;
  stage: boolean;
  children: ReactElement;
}) {
  const heard = useMarkText(person.userId);
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
            <div className="min-w-0 flex-1">
              <p className="truncate font-semibold">{person.userName}</p>
              {heard && <p className="text-soft text-xs">{heard}</p>}
            </div>
            <VoiceMarks person={person} size={16} />
          </div>
          {!self && <Volume userId={person.userId} />}
          {stage && <StageButton userId={person.userId} />}
        </P.Content>
      </P.Portal>
    </P.Root>
  );
}

/** Somebody in a list: a button to his menu where one has one, and plain otherwise. */
export function PersonEntry({
  person,
  live,
  self,
  className,
  hover = "hover:bg-hover hover:text-text",
  children,
}: {
  person: VoicePerson;
  /** In one's own voice. */
  live: boolean;
  self: boolean;
  className: string;
  hover?: string;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const stage = useRole("moderator");
  const heard = useMarkText(person.userId);
  const heardId = useId();
  if (!live || (self && !stage)) return <div className={className}>{children}</div>;
  return (
    <PersonMenu person={person} self={self} stage={stage}>
      <button
        type="button"
        aria-label={t(self ? "members.menuSelf" : "members.menu", { name: person.userName })}
        aria-describedby={heard ? heardId : undefined}
        className={clsx(className, hover)}
      >
        {children}
        <span id={heardId} hidden>
          {heard}
        </span>
      </button>
    </PersonMenu>
  );
}
