import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useJump } from "@/features/chat/jump";
import { findRoom } from "@/features/rooms/tree";
import { useCore, useCoreState } from "@/ui/core";

/** Where the page's icon shows what waits: public/icon*.svg. */
function icon(unread: boolean, mentions: number): string {
  if (mentions > 0) return "/icon-mention.svg";
  return unread ? "/icon-unread.svg" : "/icon.svg";
}

/** Says outside of the page what waits in it: on its icon, on the app's, and by notifications. */
export function Attention() {
  const unread = useCoreState("activity", (a) => Object.values(a.rooms).some((room) => room.unread > 0));
  const mentions = useMentions();
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    const href = icon(unread, mentions);
    if (link && link.getAttribute("href") !== href) link.setAttribute("href", href);
    const { setAppBadge, clearAppBadge } = navigator;
    const badge = mentions > 0 ? setAppBadge?.call(navigator, mentions) : clearAppBadge?.call(navigator);
    badge?.catch(() => {}); // an app that is not installed has none
  }, [unread, mentions]);
  useNotifications();
  return null;
}

/** How many unread messages name us, in all rooms. */
export function useMentions(): number {
  return useCoreState("activity", (a) =>
    Object.values(a.rooms).reduce((sum, room) => sum + room.mentions, 0),
  );
}

/** The page's title: what waits, then where one is. */
export function useTitle(place: string | undefined): void {
  const { t } = useTranslation();
  const mentions = useMentions();
  const unread = useCoreState("activity", (a) => Object.values(a.rooms).some((room) => room.unread > 0));
  const app = t("app.name");
  useEffect(() => {
    const waits = mentions > 0 ? `(${mentions}) ` : unread ? "• " : "";
    document.title = waits + (place ? `${place} · ${app}` : app);
  }, [mentions, unread, place, app]);
}

const TEXT = 140;

function useNotifications(): void {
  const core = useCore();
  const { t } = useTranslation();
  const navigate = useNavigate();
  useEffect(
    () =>
      core.messages.onMention(({ slug, messageId, userName, text }) => {
        const wanted = core.preferences.getState().notifyMentions && core.status.getState().shown !== "dnd";
        const looked =
          document.visibilityState === "visible" && document.hasFocus() && location.pathname === `/r/${slug}`;
        if (!wanted || looked || typeof Notification === "undefined") return;
        if (Notification.permission !== "granted") return;
        const room = findRoom(core.rooms.getState().tree, slug)?.title ?? slug;
        const title = userName
          ? t("chat.mentioned", { name: userName, room })
          : t("chat.mentionedIn", { room });
        try {
          const shown = new Notification(title, {
            body: text.slice(0, TEXT),
            tag: messageId,
            icon: "/icon-192.png",
          });
          shown.onclick = () => {
            window.focus();
            shown.close();
            void navigate(`/r/${slug}`);
            useJump.getState().ask(slug, { messageId });
          };
        } catch {
          // Some phones let only a service worker notify.
        }
      }),
    [core, t, navigate],
  );
}
