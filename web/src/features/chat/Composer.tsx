import { clsx } from "clsx";
import { CornerUpLeft, SendHorizontal, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Room } from "@/core/model";
import { IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { usePhone } from "@/ui/useMedia";
import { ConnectionLine } from "./ConnectionLine";
import { useReply } from "./reply";
import { readDraft, writeDraft } from "./seen";

/** The contract's longest text, in code points. */
const MAX = 4000;
/** From here on the remaining characters are counted. */
const COUNT_FROM = 3600;
const TALLEST = 240;

/** Where one writes; mount it anew for another room. */
export function Composer({ room }: { room: Room }) {
  const core = useCore();
  const { t } = useTranslation();
  const phone = usePhone();
  const online = useCoreState("connection", (s) => s.status === "online");
  const [text, setText] = useState(() => readDraft(room.slug));
  const field = useRef<HTMLTextAreaElement>(null);
  const target = useReply((state) => state.targets[room.slug]);
  const setReply = useReply((state) => state.set);
  const left = MAX - [...text.trim()].length;
  const ready = text.trim() !== "" && left >= 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const el = field.current;
    if (!el) return;
    el.style.height = "auto";
    el.style.height = `${Math.min(el.scrollHeight, TALLEST)}px`;
    el.style.overflowY = el.scrollHeight > TALLEST ? "auto" : "hidden";
  }, [text]);
  useEffect(() => writeDraft(room.slug, text), [room.slug, text]);
  useEffect(() => {
    if (target) field.current?.focus();
  }, [target]);

  const send = () => {
    if (!ready) return;
    core.messages.send(room.slug, text.trim(), target?.id);
    setText("");
    setReply(room.slug, undefined);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    // A phone's Enter makes a line: its keyboard has no Shift+Enter.
    if (event.key === "Enter" && !event.shiftKey && !phone) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && target) {
      event.stopPropagation();
      setReply(room.slug, undefined);
    }
  };

  return (
    <div className="shrink-0 px-3 sm:px-5">
      {target && (
        <div className="flex items-center gap-2 rounded-t-xl border border-line-strong border-b-0 bg-raised px-3 py-1 text-sm">
          <CornerUpLeft size={14} aria-hidden className="shrink-0 text-accent" />
          <span className="min-w-0 flex-1 truncate text-soft">
            <span className="font-medium text-text">{t("chat.replyTo", { name: target.userName })}</span> ·{" "}
            {target.text}
          </span>
          <IconButton label={t("chat.replyCancel")} size="sm" onClick={() => setReply(room.slug, undefined)}>
            <X size={15} aria-hidden />
          </IconButton>
        </div>
      )}
      <div
        className={clsx(
          "flex items-end gap-1 border border-line-strong bg-raised py-1 pr-1 pl-3.5 transition-colors focus-within:border-accent",
          target ? "rounded-b-xl" : "rounded-xl",
        )}
      >
        <textarea
          ref={field}
          id="composer"
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          placeholder={t(online ? "chat.write" : "chat.writeOffline", { room: room.title })}
          aria-label={t("chat.write", { room: room.title })}
          aria-invalid={left < 0 || undefined}
          enterKeyHint={phone ? "enter" : "send"}
          className="block min-w-0 flex-1 resize-none bg-transparent py-1.5 placeholder:truncate focus-visible:outline-none touch:min-h-11 touch:py-2.5"
        />
        <IconButton
          label={t("chat.send")}
          disabled={!ready}
          onClick={send}
          className={ready ? "text-accent" : ""}
        >
          <SendHorizontal size={18} aria-hidden />
        </IconButton>
      </div>
      <div className="flex h-6 items-center gap-3 px-1 text-faint text-xs">
        <ConnectionLine slug={room.slug} />
        {left < MAX - COUNT_FROM && (
          <span
            role="status"
            className={clsx("ml-auto shrink-0 tabular-nums", left < 0 && "font-medium text-danger")}
          >
            {left >= 0 ? t("chat.left", { count: left }) : t("chat.over", { count: -left })}
          </span>
        )}
      </div>
    </div>
  );
}
