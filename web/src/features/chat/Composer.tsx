import { clsx } from "clsx";
import { CornerUpLeft, SendHorizontal, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Room, TimelineItem } from "@/core/model";
import { IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { usePhone } from "@/ui/useMedia";
import { ConnectionLine } from "./ConnectionLine";
import { readDraft, writeDraft } from "./drafts";
import { lastEditable, useEditing } from "./editing";
import { useGrowing } from "./growing";
import { MentionList } from "./MentionList";
import { complete, mentioningAt, offers } from "./mentioning";
import { usePeople } from "./names";
import { useReply } from "./reply";
import { TypingLine } from "./TypingLine";

/** The contract's longest text, in code points. */
const MAX = 4000;
/** From here on the remaining characters are counted. */
const COUNT_FROM = 3600;
const NONE: TimelineItem[] = [];

/** The line over the field that says what is answered. */
function ReplyLine({ target, onCancel }: { target: TimelineItem; onCancel: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-2 rounded-t-xl border border-line-strong border-b-0 bg-raised px-3 py-1 text-sm">
      <CornerUpLeft size={14} aria-hidden className="shrink-0 text-accent" />
      <span className="min-w-0 flex-1 truncate text-soft">
        <span className="font-medium text-text">{t("chat.replyTo", { name: target.userName })}</span> ·{" "}
        {target.text}
      </span>
      <IconButton label={t("chat.replyCancel")} size="sm" onClick={onCancel}>
        <X size={15} aria-hidden />
      </IconButton>
    </div>
  );
}

/** The mention that is being written at the caret, and who could be meant. */
function useMentioning(slug: string, text: string, caret: number) {
  const items = useCoreState("chat", (c) => c.timelines[slug]?.items ?? NONE);
  const self = useCoreState("account", (a) => a.user?.name ?? "");
  const people = usePeople(slug, items);
  const [closed, setClosed] = useState(false);
  const [chosen, setChosen] = useState(0);
  const mentioning = useMemo(() => mentioningAt(text, caret), [text, caret]);
  const names = useMemo(
    () => (mentioning && !closed ? offers(people, mentioning.query, self) : []),
    [mentioning, closed, people, self],
  );
  const at = mentioning?.at;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another @ opens it again
  useEffect(() => setClosed(false), [at]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other names begin at the first
  useEffect(() => setChosen(0), [names]);
  return { mentioning, names, chosen, setChosen, close: () => setClosed(true) };
}

/** Where one writes; mount it anew for another room. */
export function Composer({ room }: { room: Room }) {
  const core = useCore();
  const { t } = useTranslation();
  const phone = usePhone();
  const { slug } = room;
  const online = useCoreState("connection", (s) => s.status === "online");
  const selfId = useCoreState("account", (a) => a.user?.id ?? "");
  const [text, setText] = useState(() => readDraft(slug));
  const [caret, setCaret] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const moveTo = useRef<number | null>(null);
  const target = useReply((state) => state.targets[slug]);
  const setReply = useReply((state) => state.set);
  const offer = useMentioning(slug, text, caret);
  const left = MAX - [...text.trim()].length;
  const ready = text.trim() !== "" && left >= 0;
  const cancelReply = () => setReply(slug, undefined);

  useGrowing(field, text);
  useLayoutEffect(() => {
    if (moveTo.current === null) return;
    field.current?.setSelectionRange(moveTo.current, moveTo.current);
    setCaret(moveTo.current);
    moveTo.current = null;
  });
  useEffect(() => writeDraft(slug, text), [slug, text]);
  useEffect(() => {
    if (target) field.current?.focus();
  }, [target]);

  const write = (now: string) => {
    setText(now);
    if (now.trim() !== "") core.messages.typing(slug);
  };
  const send = () => {
    if (!ready) return;
    core.messages.send(slug, text.trim(), target?.id);
    setText("");
    cancelReply();
    field.current?.focus();
  };
  const pick = (name: string) => {
    if (!offer.mentioning) return;
    const done = complete(text, offer.mentioning, name);
    write(done.text);
    moveTo.current = done.caret;
  };
  const editLast = (): boolean => {
    const last = lastEditable(core.chat.getState().timelines[slug]?.items ?? [], selfId, Date.now());
    if (last) useEditing.getState().set(slug, { id: last.id });
    return last !== undefined;
  };
  /** Whether the list of names takes the key. */
  const onMentionKey = (key: string): boolean => {
    const { names, chosen, setChosen } = offer;
    if (names.length === 0) return false;
    if (key === "ArrowDown") setChosen((chosen + 1) % names.length);
    else if (key === "ArrowUp") setChosen((chosen + names.length - 1) % names.length);
    else if (key === "Enter" || key === "Tab") pick(names[chosen] ?? "");
    else if (key === "Escape") offer.close();
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const plain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (plain && onMentionKey(event.key)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey && !phone) {
      // A phone's Enter makes a line: its keyboard has no Shift+Enter.
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && target) {
      event.stopPropagation();
      cancelReply();
    } else if (event.key === "ArrowUp" && plain && text === "" && editLast()) {
      event.preventDefault();
    }
  };

  const offering = offer.names.length > 0;
  return (
    <div className="relative shrink-0 px-3 sm:px-5">
      {offering && <MentionList id="mentions" names={offer.names} chosen={offer.chosen} onPick={pick} />}
      {target && <ReplyLine target={target} onCancel={cancelReply} />}
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
          onChange={(event) => {
            write(event.target.value);
            setCaret(event.target.selectionStart);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          placeholder={t(online ? "chat.write" : "chat.writeOffline", { room: room.title })}
          aria-label={t("chat.write", { room: room.title })}
          aria-invalid={left < 0 || undefined}
          aria-controls={offering ? "mentions" : undefined}
          aria-activedescendant={offering ? `mentions-${offer.chosen}` : undefined}
          aria-autocomplete="list"
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
        {online && <TypingLine slug={slug} />}
        <ConnectionLine slug={slug} />
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
