import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { TimelineItem } from "@/core/model";
import { Button } from "@/ui/Button";
import { useCoreState } from "@/ui/core";
import { ErrorNotice } from "@/ui/Notice";
import { usePhone } from "@/ui/useMedia";
import type { Editing } from "./editing";
import { useGrowing } from "./growing";

/** The contract's longest text, in code points. */
const MAX = 4000;

interface Props {
  item: TimelineItem;
  editing: Editing;
  onSave: (text: string) => void;
  onCancel: () => void;
}

/** A message's text while it is being changed, in the message's place. */
export function MessageEditor({ item, editing, onSave, onCancel }: Props) {
  const { t } = useTranslation();
  const phone = usePhone();
  const online = useCoreState("connection", (s) => s.status === "online");
  const [text, setText] = useState(editing.text ?? item.text);
  const field = useRef<HTMLTextAreaElement>(null);
  useGrowing(field, text);
  const left = MAX - [...text.trim()].length;
  useLayoutEffect(() => {
    const end = field.current?.value.length ?? 0;
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(end, end);
  }, []);
  const save = () => {
    if (left >= 0 && online) onSave(text.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      onCancel();
    } else if (event.key === "Enter" && !event.shiftKey && !phone) {
      event.preventDefault();
      save();
    }
  };
  return (
    <div className="max-w-[72ch] py-0.5">
      <textarea
        ref={field}
        rows={1}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        aria-label={t("chat.editing")}
        aria-invalid={left < 0 || undefined}
        className="block w-full resize-none rounded-lg border border-line-strong bg-ground px-2.5 py-1.5 focus-visible:border-accent focus-visible:outline-none"
      />
      {editing.error && <ErrorNotice error={editing.error} className="mt-1.5" />}
      <div className="mt-1 flex flex-wrap items-center gap-2 text-faint text-xs">
        <span className="flex-1 max-sm:hidden">
          {left < 0 ? (
            <span className="text-danger">{t("chat.over", { count: -left })}</span>
          ) : (
            t(online ? "chat.editHint" : "chat.editOffline")
          )}
        </span>
        <Button size="sm" kind="quiet" onClick={onCancel}>
          {t("action.cancel")}
        </Button>
        <Button size="sm" kind="primary" disabled={left < 0 || !online} onClick={save}>
          {t("action.save")}
        </Button>
      </div>
    </div>
  );
}
