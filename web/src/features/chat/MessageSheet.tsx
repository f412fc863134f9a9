import { Copy, CornerUpLeft, Pencil, SmilePlus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { TimelineItem } from "@/core/model";
import { Dialog } from "@/ui/Dialog";
import { type Deeds, QUICK } from "./deeds";
import { useRights } from "./rights";

function Row({
  icon,
  danger,
  onPress,
  children,
}: {
  icon: ReactNode;
  danger?: boolean;
  onPress: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      onClick={onPress}
      className={`flex min-h-12 w-full items-center gap-3.5 rounded-lg px-2 text-left hover:bg-hover ${danger ? "text-danger" : ""}`}
    >
      {icon}
      {children}
    </button>
  );
}

interface Props {
  item: TimelineItem;
  deeds: Deeds;
  onPick: () => void;
  onClose: () => void;
}

/** All that can be done to a message, from below, for a finger that rested on it. */
export function MessageSheet({ item, deeds, onPick, onClose }: Props) {
  const { t } = useTranslation();
  const rights = useRights(item);
  const then = (deed: () => void) => () => {
    onClose();
    deed();
  };
  return (
    <Dialog open onClose={onClose} title={item.userName} description={<Excerpt text={item.text} />}>
      <div className="mb-2 flex justify-between gap-1">
        {QUICK.map((emoji) => {
          const mine = item.reactions.some((one) => one.emoji === emoji && one.mine);
          return (
            <button
              key={emoji}
              type="button"
              aria-label={t("chat.reactWith", { emoji })}
              aria-pressed={mine}
              onClick={then(() => deeds.react(item, emoji, !mine))}
              className={`emoji flex size-12 items-center justify-center rounded-full text-2xl ${mine ? "bg-accent-wash outline-2 outline-accent" : "bg-raised hover:bg-hover"}`}
            >
              {emoji}
            </button>
          );
        })}
      </div>
      <Row icon={<SmilePlus size={19} aria-hidden />} onPress={onPick}>
        {t("chat.react")}
      </Row>
      <Row icon={<CornerUpLeft size={19} aria-hidden />} onPress={then(() => deeds.reply(item))}>
        {t("chat.reply")}
      </Row>
      <Row icon={<Copy size={19} aria-hidden />} onPress={then(() => deeds.copy(item))}>
        {t("chat.copyText")}
      </Row>
      {rights.edit && (
        <Row icon={<Pencil size={19} aria-hidden />} onPress={then(() => deeds.edit(item))}>
          {t("chat.edit")}
        </Row>
      )}
      {rights.remove && (
        <Row danger icon={<Trash2 size={19} aria-hidden />} onPress={then(() => deeds.remove(item))}>
          {t("chat.delete")}
        </Row>
      )}
    </Dialog>
  );
}

/** The beginning of a message, so that one sees which it is. */
export function Excerpt({ text }: { text: string }) {
  return <span className="wrap-anywhere line-clamp-3 whitespace-pre-wrap">{text}</span>;
}
