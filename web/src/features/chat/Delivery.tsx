import { Clock, LoaderCircle, RotateCcw, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { TimelineItem } from "@/core/model";
import { errorWords } from "@/i18n/errors";

interface Props {
  item: TimelineItem;
  onRetry: (key: string) => void;
  onDiscard: (key: string) => void;
}

/** What became of an own message that is not stored yet. */
export function Delivery({ item, onRetry, onDiscard }: Props) {
  const { t } = useTranslation();
  if (item.state === "sent") return null;
  if (item.state !== "failed") {
    const queued = item.state === "queued";
    return (
      <span className="mt-0.5 inline-flex items-center gap-1.5 text-faint text-xs">
        {queued ? (
          <Clock size={12} aria-hidden />
        ) : (
          <LoaderCircle size={12} aria-hidden className="animate-spin" />
        )}
        {t(queued ? "chat.queued" : "chat.sending")}
      </span>
    );
  }
  const words = item.error ? errorWords(t, item.error) : null;
  const key = item.key ?? item.id;
  return (
    <span className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-danger text-xs" role="alert">
      <span>
        {t("chat.failed")}
        {words && `: ${words.title}. ${words.hint}`}{" "}
        {item.error && <span className="text-faint">({item.error.code})</span>}
      </span>
      <button
        type="button"
        onClick={() => onRetry(key)}
        className="inline-flex items-center gap-1 rounded font-medium underline underline-offset-2 touch:min-h-11"
      >
        <RotateCcw size={12} aria-hidden />
        {t("chat.retry")}
      </button>
      <button
        type="button"
        onClick={() => onDiscard(key)}
        className="inline-flex items-center gap-1 rounded font-medium text-soft underline underline-offset-2 touch:min-h-11"
      >
        <Trash2 size={12} aria-hidden />
        {t("chat.discard")}
      </button>
    </span>
  );
}
