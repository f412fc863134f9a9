import { CornerUpLeft } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/core/model";

interface Props {
  id: string;
  /** undefined: not loaded; null: not there any more. */
  original: Message | null | undefined;
  onLoad: (id: string) => void;
  onJump: (id: string) => void;
}

/** The quoted line above a reply; pressing it leads to the message that was answered. */
export function Quote({ id, original, onLoad, onJump }: Props) {
  const { t } = useTranslation();
  const unknown = original === undefined;
  useEffect(() => {
    if (unknown) onLoad(id);
  }, [unknown, id, onLoad]);
  const gone = original === null || original?.deletedAt;
  const line = (
    <>
      <CornerUpLeft size={13} aria-hidden className="shrink-0" />
      {original && !original.deletedAt && (
        <>
          <span className="shrink-0 font-medium text-soft">{original.userName}</span>
          <span className="truncate">{bare(original.text)}</span>
        </>
      )}
      {gone && <span className="truncate italic">{t(original ? "chat.deleted" : "chat.replyGone")}</span>}
      {unknown && (
        <span className="skeleton h-3 w-40 rounded" role="status" aria-label={t("chat.replyLoading")} />
      )}
    </>
  );
  const look = "mb-0.5 flex h-4.5 min-w-0 max-w-full items-center gap-1.5 text-faint text-sm";
  if (original === null) return <p className={look}>{line}</p>;
  return (
    <button
      type="button"
      title={t("chat.goToOriginal")}
      onClick={() => onJump(id)}
      className={`${look} rounded text-left hover:text-text`}
    >
      {line}
    </button>
  );
}

/** A text on one line, without the commonest of its marks. */
function bare(text: string): string {
  return text.replace(/```\w*|\*\*|~~|`|^[ \t]*>[ \t]?/gm, "").trim();
}
