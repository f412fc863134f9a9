import { ArrowDown, ArrowUp, CalendarDays, CheckCheck, Pencil, UserPlus } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Room } from "@/core/model";
import { useRole } from "@/features/account";
import { useCore, useCoreState } from "@/ui/core";
import { MenuContent, MenuItem, MenuRoot, MenuSeparator, MenuTrigger } from "@/ui/Menu";
import { useOverlay } from "@/ui/overlay";
import { usePhone } from "@/ui/useMedia";
import { moveRoom, siblingsOf } from "./order";

interface Props {
  room: Room;
  /** The room is the one that is open. */
  here?: boolean;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** The button that opens it. */
  children: ReactNode;
}

/** What can be done with a room. */
export function RoomMenu({ room, here, children, ...state }: Props) {
  const core = useCore();
  const { t } = useTranslation();
  const phone = usePhone();
  const member = useRole("member");
  const admin = useRole("admin");
  const show = useOverlay((o) => o.show);
  const unread = useCoreState("activity", (a) => (a.rooms[room.slug]?.unread ?? 0) > 0);
  const tree = useCoreState("rooms", (r) => r.tree);
  const siblings = siblingsOf(tree, room);
  const at = siblings.findIndex((one) => one.id === room.id);
  const move = (step: -1 | 1) => void moveRoom(core, room, step).catch(() => core.room.reloadTree());
  return (
    <MenuRoot {...state}>
      <MenuTrigger asChild>{children}</MenuTrigger>
      <MenuContent align="end">
        <MenuItem
          icon={<CheckCheck size={15} aria-hidden />}
          disabled={!unread}
          onSelect={() => core.messages.read(room.slug)}
        >
          {t("rooms.markRead")}
        </MenuItem>
        {here && (
          <MenuItem
            icon={<CalendarDays size={15} aria-hidden />}
            onSelect={() => show({ kind: "date", slug: room.slug })}
          >
            {t("chat.toDate")}
          </MenuItem>
        )}
        {here && phone && member && (
          <MenuItem icon={<UserPlus size={15} aria-hidden />} onSelect={() => show({ kind: "invite" })}>
            {t("invite.open")}
          </MenuItem>
        )}
        {admin && (
          <>
            <MenuSeparator />
            <MenuItem icon={<Pencil size={15} aria-hidden />} onSelect={() => show({ kind: "room", room })}>
              {t("rooms.edit")}
            </MenuItem>
            <MenuItem icon={<ArrowUp size={15} aria-hidden />} disabled={at <= 0} onSelect={() => move(-1)}>
              {t("rooms.moveUp")}
            </MenuItem>
            <MenuItem
              icon={<ArrowDown size={15} aria-hidden />}
              disabled={at < 0 || at === siblings.length - 1}
              onSelect={() => move(1)}
            >
              {t("rooms.moveDown")}
            </MenuItem>
          </>
        )}
      </MenuContent>
    </MenuRoot>
  );
}
