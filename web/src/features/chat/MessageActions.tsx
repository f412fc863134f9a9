import { Check, Copy, CornerUpLeft, Ellipsis, Pencil, SmilePlus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TimelineItem } from "@/core/model";
import { IconButton } from "@/ui/Button";
import { MenuContent, MenuItem, MenuRoot, MenuTrigger } from "@/ui/Menu";
import { type Deeds, QUICK } from "./deeds";
import { useRights } from "./rights";

interface Props {
  item: TimelineItem;
  /** Only the actions of the row that the arrow keys are on are tab stops. */
  tab: 0 | -1;
  deeds: Deeds;
  onMenu: (open: boolean) => void;
}

/** What can be done to a message, over its corner while it is pointed at or in focus. */
export function MessageActions({ item, tab, deeds, onMenu }: Props) {
  const { t } = useTranslation();
  const rights = useRights(item);
  const [copied, setCopied] = useState(false);
  const has = (emoji: string) => item.reactions.some((one) => one.emoji === emoji && one.mine);
  const copy = () => {
    deeds.copy(item);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div
      role="toolbar"
      aria-label={t("chat.actions")}
      className="absolute -top-3.5 right-3 z-1 flex rounded-lg border border-line-strong bg-raised p-0.5 shadow-pop touch:hidden"
    >
      {QUICK.slice(0, 3).map((emoji) => (
        <IconButton
          key={emoji}
          label={t("chat.reactWith", { emoji })}
          size="sm"
          tabIndex={tab}
          tone={has(emoji) ? "on" : "plain"}
          aria-pressed={has(emoji)}
          onClick={() => deeds.react(item, emoji, !has(emoji))}
        >
          <span aria-hidden className="emoji text-base">
            {emoji}
          </span>
        </IconButton>
      ))}
      <IconButton
        label={t("chat.react")}
        title={t("chat.react")}
        size="sm"
        tabIndex={tab}
        onClick={(event) => deeds.pick(item, event.currentTarget)}
      >
        <SmilePlus size={15} aria-hidden />
      </IconButton>
      <IconButton
        label={t("chat.reply")}
        title={t("chat.reply")}
        size="sm"
        tabIndex={tab}
        onClick={() => deeds.reply(item)}
      >
        <CornerUpLeft size={15} aria-hidden />
      </IconButton>
      {rights.edit && (
        <IconButton
          label={t("chat.edit")}
          title={t("chat.edit")}
          size="sm"
          tabIndex={tab}
          onClick={() => deeds.edit(item)}
        >
          <Pencil size={15} aria-hidden />
        </IconButton>
      )}
      <MenuRoot onOpenChange={onMenu}>
        <MenuTrigger asChild>
          <IconButton label={t("chat.more")} title={t("chat.more")} size="sm" tabIndex={tab}>
            {copied ? <Check size={15} aria-hidden /> : <Ellipsis size={15} aria-hidden />}
          </IconButton>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem icon={<Copy size={15} aria-hidden />} onSelect={copy}>
            {t("chat.copyText")}
          </MenuItem>
          {rights.remove && (
            <MenuItem danger icon={<Trash2 size={15} aria-hidden />} onSelect={() => deeds.remove(item)}>
              {t("chat.delete")}
            </MenuItem>
          )}
        </MenuContent>
      </MenuRoot>
    </div>
  );
}
