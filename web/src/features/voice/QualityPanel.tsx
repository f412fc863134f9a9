import { clsx } from "clsx";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { LadderStep, QualityTrace, VoiceStats } from "@/core/model";
import { clockSeconds } from "@/i18n/dates";
import { linkLook } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { Plot } from "./Plot";
import { MARK_TONES, useOwnMark } from "./QualityMark";

const PLOTS = [
  { figure: "rttMs", name: "voice.rtt", least: 100, unit: "ms" },
  { figure: "jitterMs", name: "voice.jitter", least: 20, unit: "ms" },
  { figure: "lossPct", name: "quality.lossDown", least: 5, unit: "pct" },
  { figure: "sendLossPct", name: "quality.lossUp", least: 5, unit: "pct" },
  { figure: "bufferMs", name: "quality.buffer", least: 100, unit: "ms" },
  { figure: "concealedPct", name: "voice.concealed", least: 5, unit: "pct" },
  { figure: "bitrateKbps", name: "quality.receiving", least: 50, unit: "kbps" },
  { figure: "sendKbps", name: "quality.sending", least: 50, unit: "kbps" },
] as const;

const NONE: QualityTrace = {
  samples: [],
  steps: [],
  sending: { layers: [], maxBitrate: 0, redundant: false },
};
/** So many steps are told; all that are kept are in the plots. */
const TOLD = 8;

/** Figures with their units, in the language of the page; "–" while one is not known. */
function useFigures() {
  const { t, i18n } = useTranslation();
  return (unit: "ms" | "pct" | "kbps", digits = 0) =>
    (value: number | null | undefined) =>
      value === null || value === undefined
        ? "–"
        : t(`voice.${unit}`, {
            value: value.toLocaleString(i18n.language, { maximumFractionDigits: digits }),
          });
}

function Facts({ title, rows }: { title?: string; rows: [name: string, value: ReactNode][] }) {
  return (
    <div className="min-w-0">
      {title && <h3 className="mb-1 font-semibold text-xs">{title}</h3>}
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-sm">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="text-right tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** By which way the sound goes: pairs or server, the kind of address, the transport. */
function Path({ stats }: { stats: VoiceStats | null }) {
  const { t } = useTranslation();
  const topology = useCoreState("voice", (v) => v.topology);
  const connectMs = useCoreState("voice", (v) => v.connectMs);
  const figure = useFigures();
  const way = [
    t(topology === "p2p" ? "voice.direct" : "voice.server"),
    stats?.protocol?.toUpperCase(),
    stats?.candidateType,
  ];
  return (
    <Facts
      rows={[
        [t("voice.path"), way.filter(Boolean).join(" · ")],
        [t("voice.connectTime"), figure("ms")(connectMs)],
      ]}
    />
  );
}

/** What the server sends us and what it has us send; pairs have no such word. */
function Word({ sending }: { sending: QualityTrace["sending"] }) {
  const { t } = useTranslation();
  const figure = useFigures();
  const word = useCoreState("voice", (v) => v.quality);
  const down = word?.downlink;
  const unsaid = <span className="text-faint">{t("quality.unsaid")}</span>;
  const kbps = (bits: number) => figure("kbps")(bits / 1000);
  const repeats = (count: number) => (count > 0 ? t("quality.repeats", { count }) : t("quality.repeatsNone"));
  const [layer] = sending.layers;
  const layers = sending.layers.length > 1 ? "both" : layer;
  return (
    <div className="grid gap-x-8 gap-y-4 border-t pt-3 sm:grid-cols-2">
      <Facts
        title={t("quality.gets")}
        rows={[
          [t("quality.layer"), down ? t(`quality.layers.${down.layer}`) : unsaid],
          [t("quality.redundancy"), down ? repeats(down.redundancy) : unsaid],
          [t("quality.packet"), down ? figure("ms")(down.frameMs) : unsaid],
          [t("quality.talkers"), down ? down.slots : unsaid],
          [t("quality.estimate"), down && down.estimateBps > 0 ? kbps(down.estimateBps) : "–"],
        ]}
      />
      <Facts
        title={t("quality.sends")}
        rows={[
          [t("quality.layer"), layers ? t(`quality.layers.${layers}`) : t("quality.nothing")],
          [t("quality.limit"), kbps(sending.maxBitrate)],
          [t("quality.redundancy"), t(sending.redundant ? "quality.repeatsOn" : "quality.repeatsNone")],
          [t("quality.upLoss"), word ? figure("pct", 1)(word.uplink.lossPct) : unsaid],
        ]}
      />
    </div>
  );
}

/** Whether a step takes away, to hold on a worse line. */
function down({ layer, redundancy, frameMs, slots, reason }: LadderStep): boolean {
  if (reason === "recovered" || reason === "probe") return false;
  return layer !== "high" || (redundancy ?? 0) > 0 || (frameMs ?? 20) > 20 || slots !== undefined;
}

function Steps({ steps }: { steps: readonly LadderStep[] }) {
  const { t, i18n } = useTranslation();
  const words = ({ layer, redundancy, frameMs, slots }: LadderStep) =>
    [
      layer && t(`quality.step.${layer}`),
      redundancy !== undefined &&
        (redundancy > 0 ? t("quality.step.repeats", { count: redundancy }) : t("quality.step.repeatsNone")),
      frameMs !== undefined && t("quality.step.packet", { value: frameMs }),
      slots !== undefined && t("quality.step.talkers", { count: slots }),
    ].filter(Boolean);
  return (
    <section className="border-t pt-3">
      <h3 className="font-semibold text-xs">{t("quality.steps")}</h3>
      {steps.length === 0 && <p className="mt-1 text-soft text-sm">{t("quality.noSteps")}</p>}
      <ol className="mt-1.5 space-y-1.5 text-sm">
        {steps.slice(0, TOLD).map((step) => {
          const Arrow = down(step) ? ArrowDown : ArrowUp;
          return (
            <li key={step.at} className="flex gap-2">
              <time dateTime={new Date(step.at).toISOString()} className="shrink-0 text-soft tabular-nums">
                {clockSeconds(i18n.language, new Date(step.at))}
              </time>
              <Arrow
                size={14}
                aria-hidden
                className={clsx("mt-0.5 shrink-0", down(step) ? "text-warn" : "text-voice")}
              />
              <span className="min-w-0">
                {words(step).join(" · ")}
                {step.reason && (
                  <span className="text-soft">
                    {" – "}
                    {t(`quality.reason.${step.reason}`, { defaultValue: step.reason })}
                  </span>
                )}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** The details of the connection, live: drawn anew with each reading, once a second. */
export function QualityPanel({ onLeave }: { onLeave?: () => void }) {
  const core = useCore();
  const { t } = useTranslation();
  const figure = useFigures();
  const stats = useCoreState("voice", (v) => v.stats);
  const topology = useCoreState("voice", (v) => v.topology);
  const own = useOwnMark();
  const { samples, steps, sending } = core.call.trace() ?? NONE;
  const plot = { samples, steps };
  const format = { ms: figure("ms"), pct: figure("pct", 1), kbps: figure("kbps") };
  return (
    <div className="space-y-3">
      <div>
        <p className={clsx("font-semibold", MARK_TONES[own])}>{t(`voice.${own}`)}</p>
        <p className="text-soft text-sm">{t(topology === "p2p" ? "voice.directHint" : "voice.serverHint")}</p>
      </div>
      <div className="grid grid-cols-2 gap-x-3 gap-y-2.5 md:grid-cols-4">
        {PLOTS.map(({ figure, name, least, unit }) => (
          <Plot key={figure} {...plot} name={t(name)} figure={figure} least={least} format={format[unit]} />
        ))}
      </div>
      <p className="text-faint text-xs">{t("quality.lasting")}</p>
      <div className="border-t pt-3">
        <Path stats={stats} />
      </div>
      {topology === "sfu" && <Word sending={sending} />}
      <Steps steps={steps} />
      <div className="border-t pt-3">
        <Link to="/settings/check" className={linkLook("sm")} onClick={onLeave}>
          {t("check.open")}
        </Link>
      </div>
    </div>
  );
}
