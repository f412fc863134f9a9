import { clsx } from "clsx";
import { Signal as Bars, SignalLow, SignalMedium } from "lucide-react";
import { Popover as P } from "radix-ui";
import { useTranslation } from "react-i18next";
import { useCoreState } from "@/ui/core";
import { qualityOf } from "./quality";

const ICONS = { good: Bars, fair: SignalMedium, poor: SignalLow, unknown: Bars };
const TONES = { good: "text-voice", fair: "text-warn", poor: "text-danger", unknown: "text-faint" };

/** The quality of the call as bars; a click tells the figures. */
export function Signal({ large }: { large?: boolean }) {
  const { t, i18n } = useTranslation();
  const status = useCoreState("voice", (v) => v.status);
  const stats = useCoreState("voice", (v) => v.stats);
  const topology = useCoreState("voice", (v) => v.topology);
  const connectMs = useCoreState("voice", (v) => v.connectMs);
  const quality = status === "connected" ? qualityOf(stats) : "unknown";
  const Icon = ICONS[quality];
  const number = (value: number, digits = 0) =>
    value.toLocaleString(i18n.language, { maximumFractionDigits: digits });
  const figure = (value: number | null | undefined, unit: "ms" | "pct" | "kbps", digits = 0) =>
    value === null || value === undefined ? "–" : t(`voice.${unit}`, { value: number(value, digits) });
  const rows: [string, string][] = [
    [
      t("voice.path"),
      `${t(topology === "p2p" ? "voice.direct" : "voice.server")}${stats?.candidateType ? ` · ${stats.candidateType}` : ""}`,
    ],
    [t("voice.rtt"), figure(stats?.rttMs, "ms")],
    [t("voice.jitter"), figure(stats?.jitterMs, "ms")],
    [t("voice.loss"), figure(stats?.lossPct, "pct", 1)],
    [t("voice.concealed"), figure(stats?.concealedPct, "pct", 1)],
    [t("voice.bitrate"), figure(stats?.bitrateKbps, "kbps")],
    [t("voice.connectTime"), figure(connectMs, "ms")],
  ];
  return (
    <P.Root>
      <P.Trigger
        aria-label={`${t("voice.details")}: ${t(`voice.${quality}`)}`}
        className={clsx(
          "inline-flex shrink-0 items-center justify-center rounded-lg hover:bg-hover",
          large ? "size-11" : "size-8 touch:size-11",
          TONES[quality],
        )}
      >
        <Icon size={18} aria-hidden strokeWidth={2.4} />
      </P.Trigger>
      <P.Portal>
        <P.Content
          side="top"
          sideOffset={8}
          collisionPadding={8}
          aria-label={t("voice.details")}
          className="pop z-50 w-64 rounded-xl border border-line-strong bg-raised p-3 shadow-pop"
        >
          <p className={clsx("font-semibold text-sm", TONES[quality])}>{t(`voice.${quality}`)}</p>
          <p className="mt-0.5 text-soft text-xs">
            {t(topology === "p2p" ? "voice.directHint" : "voice.serverHint")}
          </p>
          <dl className="mt-2.5 grid grid-cols-[1fr_auto] gap-y-1 text-sm">
            {rows.map(([name, value]) => (
              <div key={name} className="contents">
                <dt className="text-soft">{name}</dt>
                <dd className="text-right tabular-nums">{value}</dd>
              </div>
            ))}
          </dl>
        </P.Content>
      </P.Portal>
    </P.Root>
  );
}
