import { useTranslation } from "react-i18next";
import type { LadderStep, VoiceStats } from "@/core/model";

/** How much time a plot shows. */
const SPAN_MS = 120_000;
/** Readings further apart than this are not joined by a line. */
const GAP_MS = 2_500;
/** The drawing's own units; the page stretches it. */
const [WIDTH, HEIGHT] = [240, 48];
/** Room for the scale above the highest value. */
const HEADROOM = 1.3;

type Figure = {
  [K in keyof VoiceStats]: VoiceStats[K] extends number | null ? K : never;
}[keyof VoiceStats];

export interface PlotProps {
  name: string;
  samples: readonly VoiceStats[];
  figure: Figure;
  /** The least height of the scale, so that small things look small. */
  least: number;
  format(value: number | null): string;
  /** When something was changed. */
  steps: readonly LadderStep[];
}

/** A path through one figure, in pieces where it was not known. */
function lines(samples: readonly VoiceStats[], figure: Figure, from: number, top: number): string[] {
  const pieces: string[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const sample of samples) {
    const value = sample[figure];
    if (value === null || sample.at < from) {
      last = Number.NEGATIVE_INFINITY;
      continue;
    }
    const x = ((sample.at - from) / SPAN_MS) * WIDTH;
    const y = HEIGHT - 1 - (Math.min(value, top) / top) * (HEIGHT - 3);
    if (sample.at - last > GAP_MS) pieces.push([]);
    pieces.at(-1)?.push(`${x.toFixed(1)} ${y.toFixed(1)}`);
    last = sample.at;
  }
  return pieces.map((points) => (points.length > 1 ? points.join("L") : `${points[0]}h1`));
}

/** The next of 1, 2, 5, 10, 20, … that is not less. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 5]) if (value <= factor * power) return factor * power;
  return 10 * power;
}

/** One figure of the last two minutes: its name and value now, and below them how it went. */
export function Plot({ name, samples, figure, least, format, steps }: PlotProps) {
  const { t } = useTranslation();
  const now = samples.at(-1);
  const from = (now?.at ?? 0) - SPAN_MS;
  const values = samples.map((sample) => sample[figure]).filter((value) => value !== null);
  const most = Math.max(0, ...values);
  const top = roundUp(Math.max(most * HEADROOM, least));
  const says =
    values.length > 0
      ? t("quality.plot", { name, now: format(now?.[figure] ?? null), most: format(most) })
      : t("quality.plotUnknown", { name });
  return (
    <figure className="min-w-0">
      <figcaption className="flex items-baseline justify-between gap-2 text-xs" aria-hidden>
        <span className="truncate text-soft">{name}</span>
        <span data-value={figure} className="shrink-0 font-medium text-sm tabular-nums">
          {format(now?.[figure] ?? null)}
        </span>
      </figcaption>
      <div className="relative mt-1 overflow-hidden rounded-md bg-rail">
        <svg
          role="img"
          aria-label={says}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="block h-12 w-full"
        >
          <path
            d={`M0 ${HEIGHT / 2}h${WIDTH}`}
            className="stroke-line"
            strokeWidth={1}
            vectorEffect="non-scaling-stroke"
          />
          {steps
            .filter((step) => step.at >= from)
            .map((step) => (
              <path
                key={step.at}
                d={`M${(((step.at - from) / SPAN_MS) * WIDTH).toFixed(1)} 0v${HEIGHT}`}
                className="stroke-line-strong"
                strokeWidth={1}
                strokeDasharray="2 2"
                vectorEffect="non-scaling-stroke"
              />
            ))}
          {lines(samples, figure, from, top).map((d) => {
            const start = d.split(" ", 1)[0];
            const end = d.slice(d.lastIndexOf("L") + 1).split(" ", 1)[0];
            return (
              <g key={start} className="text-accent">
                {d.includes("L") && (
                  <path d={`M${d}L${end} ${HEIGHT}L${start} ${HEIGHT}Z`} fill="currentColor" opacity={0.14} />
                )}
                <path
                  d={`M${d}`}
                  fill="none"
                  stroke="currentColor"
                  strokeWidth={1.5}
                  strokeLinejoin="round"
                  strokeLinecap="round"
                  vectorEffect="non-scaling-stroke"
                />
              </g>
            );
          })}
        </svg>
        <span
          aria-hidden
          className="pointer-events-none absolute top-0.5 left-1 rounded-sm bg-rail/75 px-0.5 text-2xs text-faint tabular-nums"
        >
          {format(top)}
        </span>
      </div>
    </figure>
  );
}
