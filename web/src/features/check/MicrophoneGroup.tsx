import { clsx } from "clsx";
import { Mic, Play } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { failureOf } from "@/core/voice/failure";
import { Group } from "@/features/settings/Group";
import { Button } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { ErrorNotice, Notice } from "@/ui/Notice";

/** -100..0 dBFS as a part of the bar. */
const part = (dbfs: number) => Math.min(1, Math.max(0, (dbfs + 100) / 100));

/** The microphone's level, live while it is open. */
function LevelBar({ on }: { on: boolean }) {
  const core = useCore();
  const { t } = useTranslation();
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!on) return;
    let stop: (() => void) | null = null;
    let gone = false;
    core.checks
      .meter((dbfs) => bar.current?.style.setProperty("--fill", part(dbfs).toFixed(3)))
      .then((ended) => {
        if (gone) ended();
        else stop = ended;
      })
      // Told where it is recorded.
      .catch(() => {});
    const fill = bar.current;
    return () => {
      gone = true;
      stop?.();
      fill?.style.setProperty("--fill", "0");
    };
  }, [on, core]);
  return (
    <div role="img" aria-label={t("check.level")} className="h-2.5 overflow-hidden rounded-full bg-press">
      <div ref={bar} className="meter-fill h-full rounded-full bg-voice" />
    </div>
  );
}

/** Records three seconds of the microphone, with its level, and plays them back. */
export function MicrophoneGroup() {
  const core = useCore();
  const { t } = useTranslation();
  const { state, peakDbfs, error, playing } = useCoreState("check", (c) => c.microphone);
  const [on, setOn] = useState(false);
  const recording = state === "recording";
  const tried = state !== "untried" && !recording;
  const record = () => {
    setOn(true);
    // What stands against it is in the store; there is no level of what is not open.
    core.checks.record().catch(() => setOn(false));
  };
  return (
    <Group title={t("check.microphone")}>
      <p className="text-soft text-sm">{t("check.microphoneText")}</p>
      <div className="mt-3 rounded-lg border p-4">
        <LevelBar on={on} />
        <div className="mt-3 flex flex-wrap items-center gap-2">
          <Button busy={recording} disabled={playing} onClick={record}>
            {!recording && <Mic size={16} aria-hidden />}
            {t(tried ? "check.recordAgain" : "check.record")}
          </Button>
          {(state === "works" || state === "silent") && (
            <Button disabled={playing} onClick={() => void core.checks.play()}>
              <Play size={16} aria-hidden />
              {t("check.play")}
            </Button>
          )}
          {on && !recording && (
            <Button kind="quiet" onClick={() => setOn(false)}>
              {t("settings.meterStop")}
            </Button>
          )}
        </div>
        <p role="status" className={clsx("text-soft text-sm", on && "mt-2 min-h-5")}>
          {recording
            ? t("check.recording")
            : playing
              ? t("check.playing")
              : state === "works" && peakDbfs !== null
                ? t("check.peak", { value: Math.round(peakDbfs) })
                : ""}
        </p>
        {state === "silent" && !playing && (
          <Notice tone="warn" title={t("check.silent")} hint={t("check.silentHint")} className="mt-2" />
        )}
        {error && <ErrorNotice error={error} failure={failureOf(error) ?? "unknown"} className="mt-2" />}
      </div>
    </Group>
  );
}
