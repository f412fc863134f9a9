import { X } from "lucide-react";
import { Dialog as D } from "radix-ui";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";
import { RoomTree } from "@/features/rooms/RoomTree";
import { usePushToTalk } from "@/features/voice/keys";
import { useSpeakingBoard } from "@/features/voice/speaking";
import { VoiceBar, VoiceDock } from "@/features/voice/VoiceDock";
import { IconButton } from "@/ui/Button";
import { useCore } from "@/ui/core";
import { useOverlay } from "@/ui/overlay";
import { usePhone } from "@/ui/useMedia";
import { Announcer } from "./Announcer";
import { Attention } from "./Attention";
import { ErrorBoundary } from "./ErrorBoundary";
import { useShortcuts } from "./shortcuts";

// What is opened now and then is not in the first load.
const InviteDialog = lazy(() =>
  import("@/features/rooms/InviteDialog").then((m) => ({ default: m.InviteDialog })),
);
const QuickSwitcher = lazy(() =>
  import("@/features/rooms/QuickSwitcher").then((m) => ({ default: m.QuickSwitcher })),
);
const RoomDialog = lazy(() => import("@/features/rooms/RoomDialog").then((m) => ({ default: m.RoomDialog })));
const CategoryDialog = lazy(() =>
  import("@/features/rooms/CategoryDialog").then((m) => ({ default: m.CategoryDialog })),
);
const DateDialog = lazy(() => import("@/features/chat/DateDialog").then((m) => ({ default: m.DateDialog })));
const ShortcutsDialog = lazy(() =>
  import("@/features/settings/ShortcutList").then((m) => ({ default: m.ShortcutsDialog })),
);

function Overlays() {
  const { overlay, show } = useOverlay();
  const close = () => show(null);
  switch (overlay?.kind) {
    case "invite":
      return <InviteDialog onClose={close} />;
    case "room":
      return <RoomDialog room={overlay.room} categoryId={overlay.categoryId} onClose={close} />;
    case "category":
      return <CategoryDialog category={overlay.category} onClose={close} />;
    case "date":
      return <DateDialog slug={overlay.slug} onClose={close} />;
    case "switcher":
      return <QuickSwitcher onClose={close} />;
    case "shortcuts":
      return <ShortcutsDialog onClose={close} />;
    default:
      return null;
  }
}

/** The rooms on a phone: a drawer over the room. */
function RoomsDrawer() {
  const { t } = useTranslation();
  const { drawer, setDrawer } = useOverlay();
  return (
    <D.Root open={drawer === "rooms"} onOpenChange={(open) => !open && setDrawer(null)}>
      <D.Portal>
        <D.Overlay className="fade fixed inset-0 z-30 bg-shade" />
        <D.Content
          aria-describedby={undefined}
          className="drawer fixed inset-y-0 left-0 z-30 flex w-[min(20rem,86vw)] flex-col bg-rail shadow-pop"
        >
          <D.Title className="sr-only">{t("rooms.title")}</D.Title>
          <D.Close asChild>
            <IconButton label={t("action.close")} size="lg" className="absolute top-1 -right-12 bg-raised">
              <X size={20} aria-hidden />
            </IconButton>
          </D.Close>
          <RoomTree />
          <VoiceDock />
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}

/** The frame of everything behind the sign-in. */
export function Shell() {
  const core = useCore();
  const { t } = useTranslation();
  const phone = usePhone();
  const { pathname } = useLocation();
  const setDrawer = useOverlay((o) => o.setDrawer);
  useSpeakingBoard(core);
  usePushToTalk(core);
  useShortcuts();
  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere closes the drawer
  useEffect(() => setDrawer(null), [pathname, setDrawer]);
  return (
    <div className="flex h-full flex-col">
      <a
        href="#main"
        className="-top-20 fixed left-3 z-50 rounded-lg bg-accent px-3 py-2 font-medium text-on-accent focus:top-3"
      >
        {t("app.skip")}
      </a>
      <div className="flex min-h-0 flex-1">
        {!phone && (
          <aside aria-label={t("rooms.server")} className="flex w-68 shrink-0 flex-col border-r bg-rail">
            <RoomTree />
            <VoiceDock />
          </aside>
        )}
        <ErrorBoundary key={pathname}>
          <Outlet />
        </ErrorBoundary>
      </div>
      {phone && <VoiceBar />}
      {phone && <RoomsDrawer />}
      <Suspense>
        <Overlays />
      </Suspense>
      <Announcer />
      <Attention />
    </div>
  );
}
