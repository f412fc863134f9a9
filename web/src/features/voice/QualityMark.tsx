import { clsx } from "clsx";
import { useTranslation } from "react-i18next";
import type { QualityMark as Mark } from "@/core/model";
import { useCoreState } from "@/ui/core";

/** How many of the three bars are full. */
const FULL: Record<Mark, number> = { good: 3, fair: 2, poor: 1, lost: 0, unknown: 0 };

/** The colour of a mark, as text. */
export const MARK_TONES: Record<Mark, string> = {
  good: "text-voice",
  fair: "text-warn",
  poor: "text-danger",
  lost: "text-danger",
  unknown: "text-faint",
};

/** A quality as three bars, crossed out when nothing gets through; it says nothing to readers by itself. */
export function Bars({ mark, size, className }: { mark: Mark; size: number; className?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden
      data-mark={mark}
      className={clsx("shrink-0", className)}
    >
      {[0, 1, 2].map((i) => (
        <rect
          key={i}
          x={2 + i * 4.5}
          y={10 - i * 4}
          width={3}
          height={4 + i * 4}
          rx={1}
          fill="currentColor"
          opacity={i < FULL[mark] ? 1 : 0.32}
        />
      ))}
      {mark === "lost" && (
        <path d="M1.5 2.5 13 14" stroke="currentColor" strokeWidth={1.8} strokeLinecap="round" />
      )}
    </svg>
  );
}

/** How our own connection is; not known outside of a call. */
export function useOwnMark(): Mark {
  const self = useCoreState("account", (a) => a.user?.id);
  return useCoreState("voice", (v) => (v.status === "connected" && self && v.marks[self]) || "unknown");
}

/** What is said of somebody's mark: of others how they are heard, of oneself how the connection is. */
export function useMarkText(userId: string): string | null {
  const { t } = useTranslation();
  const mark = useCoreState("voice", (v) => v.marks[userId]);
  const self = useCoreState("account", (a) => a.user?.id === userId);
  if (!mark) return null;
  return self ? t(`voice.${mark}`) : t(`quality.heard.${mark}`);
}

/** How somebody in one's own voice is heard; nothing for anybody else. */
export function QualityMark({ userId, size }: { userId: string; size: number }) {
  const mark = useCoreState("voice", (v) => v.marks[userId]);
  const text = useMarkText(userId);
  if (!mark || !text) return null;
  return (
    <span role="img" aria-label={text} title={text} className="inline-flex shrink-0">
      {/* What is as it should be stays quiet. */}
      <Bars mark={mark} size={size} className={mark === "good" ? "text-faint" : MARK_TONES[mark]} />
    </span>
  );
}
