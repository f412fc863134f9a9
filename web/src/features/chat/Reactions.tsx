import { clsx } from "clsx";
import { SmilePlus } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { TimelineItem } from "@/core/model";
import type { Deeds } from "./deeds";

/** Under a message: each emoji with how many put it there; pressing one joins in or takes ours off. */
export function Reactions({ item, tab, deeds }: { item: TimelineItem; tab: 0 | -1; deeds: Deeds }) {
  const { t } = useTranslation();
  if (item.reactions.length === 0) return null;
  return (
    <ul aria-label={t("chat.reactions")} className="mt-1 flex flex-wrap gap-1">
      {item.reactions.map(({ emoji, count, mine }) => (
        <li key={emoji}>
          <button
            type="button"
            aria-pressed={mine}
            aria-label={t(mine ? "chat.reactedMine" : "chat.reacted", { emoji, count })}
            tabIndex={tab}
            onClick={() => deeds.react(item, emoji, !mine)}
            className={clsx(
              "inline-flex h-6.5 min-w-10 items-center justify-center gap-1 rounded-full border px-2 text-sm tabular-nums touch:h-9",
              mine
                ? "border-accent bg-accent-wash text-text"
                : "border-line-strong bg-raised text-soft hover:border-faint hover:text-text",
            )}
          >
            <span aria-hidden className="emoji max-w-32 truncate">
              {emoji}
            </span>
            <span className="font-medium text-xs">{count}</span>
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          aria-label={t("chat.react")}
          tabIndex={tab}
          onClick={(event) => deeds.pick(item, event.currentTarget)}
          className="inline-flex h-6.5 w-8 items-center justify-center rounded-full border border-line-strong border-dashed text-faint hover:text-text touch:h-9 touch:w-11"
        >
          <SmilePlus size={14} aria-hidden />
        </button>
      </li>
    </ul>
  );
}
