import { clsx } from "clsx";
import { type KeyboardEvent, memo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message, TimelineItem } from "@/core/model";
import { clock, moment } from "@/i18n/dates";
import { Avatar } from "@/ui/Avatar";
import { Delivery } from "./Delivery";
import type { Deeds } from "./deeds";
import { type Editing, isStored } from "./editing";
import { MessageActions } from "./MessageActions";
import { MessageEditor } from "./MessageEditor";
import { MessageText } from "./MessageText";
import { useNames } from "./names";
import { useLongPress } from "./press";
import { Quote } from "./Quote";
import { Reactions } from "./Reactions";

interface Props {
  item: TimelineItem;
  head: boolean;
  original: Message | null | undefined;
  own: boolean;
  /** The row that the arrow keys are on: only its actions are tab stops. */
  active: boolean;
  /** It was jumped to just now. */
  found: boolean;
  editing: Editing | undefined;
  deeds: Deeds;
}

/** One message; the first of a run carries its author and time. */
export const MessageRow = memo(function MessageRow(props: Props) {
  const { item, head, own, active, found, editing, deeds } = props;
  const { t, i18n } = useTranslation();
  const names = useNames();
  const [near, setNear] = useState(false);
  const [menu, setMenu] = useState(false);
  const at = new Date(item.createdAt);
  const time = clock(i18n.language, at);
  const tab = active ? 0 : -1;
  const stored = isStored(item);
  const press = useLongPress(() => stored && deeds.sheet(item));
  const named = !own && !item.deletedAt && item.text.includes("@") && names.namesSelf(item.text);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget || !stored || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const deed = { r: deeds.reply, e: deeds.edit, Delete: deeds.remove }[event.key];
    if (event.key === "+") deeds.pick(item, event.currentTarget);
    else if (deed) deed(item);
    else return;
    event.preventDefault();
  };
  return (
    <article
      tabIndex={-1}
      data-message={item.id}
      aria-label={t("chat.said", {
        name: item.userName,
        text: item.deletedAt ? t("chat.deleted") : item.text,
      })}
      onKeyDown={onKeyDown}
      onPointerEnter={(event) => event.pointerType === "mouse" && setNear(true)}
      onPointerLeave={() => setNear(false)}
      {...press}
      className={clsx(
        "group relative mx-2 flex gap-3 rounded-lg px-2 focus-visible:outline-offset-[-2px] sm:mx-3 sm:px-3 touch:select-none",
        head ? "mt-2.5 py-1" : "py-0.5",
        named ? "named" : "hover:bg-raised focus-visible:bg-raised",
        found && "found",
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
            className="invisible flex justify-end whitespace-nowrap text-2xs text-faint tabular-nums leading-5.5 group-hover:visible group-focus-within:visible"
          >
            {time}
          </time>
        )}
      </div>
      <div className="min-w-0 flex-1">
        {item.replyTo && (
          <Quote
            id={item.replyTo}
            original={props.original}
            onLoad={deeds.loadOriginal}
            onJump={deeds.jump}
          />
        )}
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
        {editing ? (
          <MessageEditor
            key={editing.text ?? ""}
            item={item}
            editing={editing}
            onSave={(text) => deeds.save(item, text)}
            onCancel={deeds.cancelEdit}
          />
        ) : (
          <Said item={item} />
        )}
        <Reactions item={item} tab={tab} deeds={deeds} />
        <Delivery item={item} onRetry={deeds.retry} onDiscard={deeds.discard} />
      </div>
      {stored && !editing && (near || active || menu) && (
        <MessageActions item={item} tab={tab} deeds={deeds} onMenu={setMenu} />
      )}
    </article>
  );
});

/** What was said, or that it is not there any more. */
function Said({ item }: { item: TimelineItem }) {
  const { t, i18n } = useTranslation();
  if (item.deletedAt) return <p className="text-faint italic">{t("chat.deleted")}</p>;
  const waiting = item.changing || item.state === "sending" || item.state === "queued";
  return (
    <div className={clsx("said max-w-[72ch]", waiting && "text-soft")}>
      <MessageText text={item.text} />
      {item.editedAt && (
        <time
          dateTime={item.editedAt}
          title={t("chat.editedAt", { when: moment(i18n.language, new Date(item.editedAt)) })}
          className="text-faint text-xs"
        >
          ({t("chat.edited")})
        </time>
      )}
    </div>
  );
}
