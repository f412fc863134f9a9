import { clsx } from "clsx";
import { Check, Clock, Copy, CornerUpLeft, LoaderCircle, RotateCcw, Trash2 } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { TimelineItem } from "@/core/model";
import { clock, moment } from "@/i18n/dates";
import { errorWords } from "@/i18n/errors";
import { Avatar } from "@/ui/Avatar";
import { IconButton } from "@/ui/Button";
import { useCopy } from "@/ui/copyText";
import { linked } from "./links";

interface Props {
  item: TimelineItem;
  head: boolean;
  original: TimelineItem | null;
  own: boolean;
  /** The row that the arrow keys are on: only its actions are tab stops. */
  active: boolean;
  onReply: (item: TimelineItem) => void;
  onRetry: (key: string) => void;
  onDiscard: (key: string) => void;
}

/** The quoted line above a reply. */
function Quote({ original }: { original: TimelineItem | null }) {
  const { t } = useTranslation();
  return (
    <p className="mb-0.5 flex min-w-0 items-center gap-1.5 text-faint text-sm">
      <CornerUpLeft size={13} aria-hidden className="shrink-0" />
      {original ? (
        <>
          <span className="shrink-0 font-medium text-soft">{original.userName}</span>
          <span className="truncate">{original.deletedAt ? t("chat.deleted") : original.text}</span>
        </>
      ) : (
        <span className="italic">{t("chat.replyUnknown")}</span>
      )}
    </p>
  );
}

/** What became of an own message that is not stored yet. */
function Delivery({ item, onRetry, onDiscard }: Pick<Props, "item" | "onRetry" | "onDiscard">) {
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
        className="inline-flex items-center gap-1 rounded font-medium underline underline-offset-2"
      >
        <RotateCcw size={12} aria-hidden />
        {t("chat.retry")}
      </button>
      <button
        type="button"
        onClick={() => onDiscard(key)}
        className="inline-flex items-center gap-1 rounded font-medium text-soft underline underline-offset-2"
      >
        <Trash2 size={12} aria-hidden />
        {t("chat.discard")}
      </button>
    </span>
  );
}

/** One message; the first of a run carries its author and time. */
export const MessageRow = memo(function MessageRow({
  item,
  head,
  original,
  own,
  active,
  onReply,
  onRetry,
  onDiscard,
}: Props) {
  const { t, i18n } = useTranslation();
  const at = new Date(item.createdAt);
  const time = clock(i18n.language, at);
  const tab = active ? 0 : -1;
  const [copied, copy] = useCopy();
  return (
    <article
      tabIndex={-1}
      data-message={item.id}
      aria-label={t("chat.said", {
        name: item.userName,
        text: item.deletedAt ? t("chat.deleted") : item.text,
      })}
      className={clsx(
        "group relative mx-2 flex gap-3 rounded-lg px-2 hover:bg-raised focus-visible:bg-raised focus-visible:outline-offset-[-2px] sm:mx-3 sm:px-3",
        head ? "mt-2.5 py-1" : "py-0.5",
      )}
    >
      <div className="w-9 shrink-0">
        {head ? (
          <Avatar
            id={item.userId}
            name={item.userName}
            size="lg"
            className={clsx(item.replyTo ? "mt-5" : "mt-0.5")}
          />
        ) : (
          <time
            dateTime={item.createdAt}
            className="invisible block text-right text-2xs text-faint tabular-nums leading-5.5 group-hover:visible group-focus-within:visible"
          >
            {time}
          </time>
        )}
      </div>
      <div className="min-w-0 flex-1">
        {item.replyTo && <Quote original={original} />}
        {head && (
          <p className="flex items-baseline gap-2">
            <span className={clsx("truncate font-semibold", own && "text-accent")}>{item.userName}</span>
            <time
              dateTime={item.createdAt}
              title={moment(i18n.language, at)}
              className="shrink-0 text-faint text-xs tabular-nums"
            >
              {time}
            </time>
          </p>
        )}
        {item.deletedAt ? (
          <p className="text-faint italic">{t("chat.deleted")}</p>
        ) : (
          <p
            className={clsx(
              "max-w-[72ch] whitespace-pre-wrap wrap-anywhere",
              (item.state === "sending" || item.state === "queued") && "text-soft",
            )}
          >
            {linked(item.text)}
            {item.editedAt && <span className="ml-1.5 text-faint text-xs">({t("chat.edited")})</span>}
          </p>
        )}
        <Delivery item={item} onRetry={onRetry} onDiscard={onDiscard} />
      </div>
      {item.state === "sent" && !item.deletedAt && (
        <div className="absolute -top-3 right-3 flex rounded-lg border border-line-strong bg-raised p-0.5 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
          <IconButton
            label={t("chat.reply")}
            title={t("chat.reply")}
            size="sm"
            tabIndex={tab}
            onClick={() => onReply(item)}
          >
            <CornerUpLeft size={15} aria-hidden />
          </IconButton>
          <IconButton
            label={t("chat.copyText")}
            title={t("chat.copyText")}
            size="sm"
            tabIndex={tab}
            onClick={() => copy(item.text)}
          >
            {copied === "copied" ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
          </IconButton>
        </div>
      )}
    </article>
  );
});
