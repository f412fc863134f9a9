import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Tooltip } from "radix-ui";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import type { Core } from "@/core/model";
import { InvitePage, SignInPage, UnreachablePage } from "@/features/auth/pages";
import { homeRoom } from "@/features/rooms/tree";
import { pickLanguage } from "@/i18n";
import { CoreProvider, useCoreState } from "@/ui/core";
import { Logo } from "@/ui/Logo";
import { useMedia } from "@/ui/useMedia";
import { ErrorBoundary } from "./ErrorBoundary";
import { NoRoom } from "./NoRoom";
import { RoomPage } from "./RoomPage";
import { Shell } from "./Shell";

const SettingsPage = lazy(() =>
  import("@/features/settings/SettingsPage").then((m) => ({ default: m.SettingsPage })),
);

/** Puts the chosen theme and language onto the document. */
function useAppearance(): void {
  const { i18n } = useTranslation();
  const theme = useCoreState("preferences", (p) => p.theme);
  const language = useCoreState("preferences", (p) => p.language);
  const systemLight = useMedia("(prefers-color-scheme: light)");
  const light = theme === "light" || (theme === "system" && systemLight);
  useEffect(() => {
    document.documentElement.dataset.theme = light ? "light" : "dark";
  }, [light]);
  useEffect(() => {
    const picked = pickLanguage(language, navigator.languages);
    document.documentElement.lang = picked;
    void i18n.changeLanguage(picked);
  }, [language, i18n]);
}

/** "/" goes to the room seen last, or the first. */
function Home() {
  const { t } = useTranslation();
  const tree = useCoreState("rooms", (r) => r.tree);
  const room = homeRoom(tree);
  if (room) return <Navigate to={`/r/${room.slug}`} replace />;
  if (!tree) return <main id="main" className="min-w-0 flex-1" aria-busy />;
  return <NoRoom title={t("rooms.empty")} hint={t("rooms.pickHint")} />;
}

function Splash() {
  const { t } = useTranslation();
  return (
    <div className="fade flex h-full items-center justify-center" role="status" aria-label={t("app.loading")}>
      <Logo size={56} />
    </div>
  );
}

function Pages() {
  useAppearance();
  const status = useCoreState("account", (a) => a.status);
  const trouble = useCoreState("account", (a) => a.trouble);
  if (status === "unknown") return trouble ? <UnreachablePage code={trouble.code} /> : <Splash />;
  if (status === "signedOut") {
    return (
      <Routes>
        <Route path="/invite/:code" element={<InvitePage />} />
        <Route path="*" element={<SignInPage />} />
      </Routes>
    );
  }
  return (
    <Routes>
      <Route path="/invite/:code" element={<InviteOrHome />} />
      <Route element={<Shell />}>
        <Route index element={<Home />} />
        <Route path="/r/:slug" element={<RoomPage />} />
        <Route
          path="/settings/:section?"
          element={
            <Suspense fallback={<main id="main" className="min-w-0 flex-1" aria-busy />}>
              <SettingsPage />
            </Suspense>
          }
        />
        <Route path="*" element={<Navigate to="/" replace />} />
      </Route>
    </Routes>
  );
}

/** Whoever has just come in through the invite goes on; who was in before is asked. */
function InviteOrHome() {
  const [fresh] = useState(() => cameByInvite);
  return fresh ? <Navigate to="/" replace /> : <InvitePage />;
}

/** Whether this page was signed out when it was at an invite. */
let cameByInvite = false;

/** The whole app over one core. */
export function App({ core }: { core: Core }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false }, mutations: { retry: 0 } },
      }),
  );
  useEffect(() => {
    const note = () => {
      cameByInvite =
        core.account.getState().status === "signedOut" && location.pathname.startsWith("/invite/");
    };
    note();
    return core.account.subscribe((now) => now.status === "signedOut" && note());
  }, [core]);
  return (
    <CoreProvider core={core}>
      <QueryClientProvider client={client}>
        <Tooltip.Provider delayDuration={350} skipDelayDuration={150}>
          <ErrorBoundary>
            <BrowserRouter>
              <Pages />
            </BrowserRouter>
          </ErrorBoundary>
        </Tooltip.Provider>
      </QueryClientProvider>
    </CoreProvider>
  );
}
