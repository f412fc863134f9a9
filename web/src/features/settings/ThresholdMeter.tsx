import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { failureOf } from "@/core/voice/failure";
import { Button } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { ErrorNotice } from "@/ui/Notice";
import { Slider } from "@/ui/Toggle";
import { useAction } from "@/ui/useAction";

/** -100..0 dBFS as a part of the bar. */
const part = (dbfs: number) => Math.min(1, Math.max(0, (dbfs + 100) / 100));

/** The microphone's level, and for voice activation the threshold on the same scale. */
export function ThresholdMeter() {
  const core = useCore();
  const { t } = useTranslation();
  const mode = useCoreState("preferences", (p) => p.inputMode);
  const threshold = useCoreState("preferences", (p) => p.voiceThreshold);
  const { error, run, busy } = useAction();
  const [on, setOn] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const limit = useRef(threshold);
  limit.current = mode === "voice" ? threshold : -100;

  useEffect(() => {
    if (!on) return;
    let stop: (() => void) | null = null;
    let gone = false;
    void run(async () => {
      const ended = await core.media.meter((dbfs) => {
        const fill = bar.current;
        if (!fill) return;
        fill.style.setProperty("--fill", part(dbfs).toFixed(3));
        fill.dataset.over = String(dbfs >= limit.current);
      });
      if (gone) ended();
      else stop = ended;
    }).then((ok) => !ok && setOn(false));
    const fill = bar.current;
    return () => {
      gone = true;
      stop?.();
      fill?.style.setProperty("--fill", "0");
    };
  }, [on, core, run]);

  const open = threshold <= -100;
  return (
    <div className="mt-4 rounded-lg border p-4">
      <div className="flex items-center gap-4">
        <div
          className="relative h-2.5 flex-1 rounded-full bg-press"
          role="img"
          aria-label={t("settings.meter")}
        >
          <div className="absolute inset-0 overflow-hidden rounded-full">
            <div
              ref={bar}
              className="meter-fill h-full rounded-full bg-line-strong data-[over=true]:bg-voice"
            />
          </div>
          {mode === "voice" && !open && (
            <span
              className="absolute -top-1 -bottom-1 w-0.5 rounded bg-accent"
              style={{ left: `${part(threshold) * 100}%` }}
            />
          )}
        </div>
        <Button size="sm" busy={busy} onClick={() => setOn(!on)} aria-pressed={on}>
          {t(on ? "settings.meterStop" : "settings.meterStart")}
        </Button>
      </div>
      {mode === "voice" && (
        <div className="mt-3">
          <div className="flex justify-between text-sm">
            <span className="text-soft">{t("settings.threshold")}</span>
            <span className="tabular-nums">
              {open ? t("settings.thresholdOpen") : t("settings.db", { value: threshold })}
            </span>
          </div>
          <Slider
            label={t("settings.threshold")}
            min={-100}
            max={-10}
            step={1}
            value={threshold}
            onChange={(value) => core.setPreference("voiceThreshold", value)}
            valueText={open ? t("settings.thresholdOpen") : t("settings.db", { value: threshold })}
          />
          <p className="mt-1 text-faint text-sm">{t("settings.thresholdHint")}</p>
        </div>
      )}
      {error && <ErrorNotice error={error} failure={failureOf(error)} className="mt-3" />}
    </div>
  );
}
