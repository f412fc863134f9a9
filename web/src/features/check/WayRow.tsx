import { clsx } from "clsx";
import { CircleCheck, CircleDashed, CircleHelp, CircleMinus, CircleX, LoaderCircle } from "lucide-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { Way } from "@/core/model";
import { wayFigures, wayName, wayNote, wayState } from "./words";

const LOOKS: Record<
  Way["state"],
  { icon: ComponentType<{ size?: number; className?: string }>; tone: string }
> = {
  waiting: { icon: CircleDashed, tone: "text-faint" },
  running: { icon: LoaderCircle, tone: "text-soft" },
  works: { icon: CircleCheck, tone: "text-voice" },
  fails: { icon: CircleX, tone: "text-danger" },
  off: { icon: CircleMinus, tone: "text-faint" },
  skipped: { icon: CircleMinus, tone: "text-faint" },
  unknown: { icon: CircleHelp, tone: "text-soft" },
};

/** One way: what it is, whether it works, how well, and what else there is to say. */
export function WayRow({ way }: { way: Way }) {
  const { t, i18n } = useTranslation();
  const { icon: Icon, tone } = LOOKS[way.state];
  const figures = wayFigures(t, i18n.language, way);
  const note = wayNote(t, way);
  return (
    <li className="flex gap-3 py-2.5" data-way={way.id} data-state={way.state}>
      <span className={clsx("mt-0.5 shrink-0", tone)} aria-hidden>
        <Icon size={18} className={way.state === "running" ? "animate-spin" : ""} />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="font-medium">{wayName(t, way)}</span>
          <span className={clsx("text-sm", tone)}>{wayState(t, way)}</span>
        </div>
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
          <span className="text-faint">{t(`check.about.${way.kind}`)}</span>
          {figures.length > 0 && <span className="text-soft tabular-nums">{figures.join(" · ")}</span>}
        </div>
        {note && <p className="mt-0.5 text-soft text-sm">{note}</p>}
        {way.failure && <p className="mt-0.5 text-faint text-xs">{way.failure}</p>}
      </div>
    </li>
  );
}
