import { clsx } from "clsx";
import {
  Activity,
  Archive,
  ArrowLeft,
  AudioLines,
  Bell,
  CircleUser,
  Keyboard,
  MonitorSmartphone,
  Palette,
  UsersRound,
  X,
} from "lucide-react";
import { type ComponentType, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useNavigate, useParams } from "react-router";
import { useRole } from "@/features/account";
import { ArchivedSection } from "@/features/admin/ArchivedSection";
import { UsersSection } from "@/features/admin/UsersSection";
import { CheckSection } from "@/features/check/CheckSection";
import { IconButton } from "@/ui/Button";
import { usePhone } from "@/ui/useMedia";
import { AppearanceSection } from "./AppearanceSection";
import { NotificationsSection } from "./NotificationsSection";
import { ProfileSection } from "./ProfileSection";
import { SessionsSection } from "./SessionsSection";
import { ShortcutList } from "./ShortcutList";
import { VoiceSection } from "./VoiceSection";

type Section =
  | "profile"
  | "voice"
  | "check"
  | "notifications"
  | "appearance"
  | "rooms"
  | "sessions"
  | "shortcuts"
  | "users";
const SECTIONS: {
  id: Section;
  icon: ComponentType<{ size?: number }>;
  view: ComponentType;
  admin?: boolean;
}[] = [
  { id: "profile", icon: CircleUser, view: ProfileSection },
  { id: "voice", icon: AudioLines, view: VoiceSection },
  { id: "check", icon: Activity, view: CheckSection },
  { id: "notifications", icon: Bell, view: NotificationsSection },
  { id: "appearance", icon: Palette, view: AppearanceSection },
  { id: "sessions", icon: MonitorSmartphone, view: SessionsSection },
  { id: "shortcuts", icon: Keyboard, view: ShortcutList },
  { id: "rooms", icon: Archive, view: ArchivedSection, admin: true },
  { id: "users", icon: UsersRound, view: UsersSection, admin: true },
];

/** All settings: a list of sections beside the one that is open; on a phone one at a time. */
export function SettingsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const phone = usePhone();
  const admin = useRole("admin");
  const { section } = useParams();
  const sections = SECTIONS.filter((s) => !s.admin || admin);
  const open = sections.find((s) => s.id === section) ?? (phone ? undefined : sections[0]);
  useEffect(() => {
    document.title = `${t("settings.title")} · ${t("app.name")}`;
  }, [t]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) void navigate("/");
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [navigate]);
  const View = open?.view;
  return (
    <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col">
      <header className="flex h-13 shrink-0 items-center gap-2 border-b px-1.5 sm:pr-3 sm:pl-5">
        {phone && open && (
          <IconButton label={t("action.back")} size="lg" onClick={() => void navigate("/settings")}>
            <ArrowLeft size={20} aria-hidden />
          </IconButton>
        )}
        <h1 className={clsx("flex-1 truncate font-semibold text-lg", phone && !open && "pl-3")}>
          {phone && open ? t(`settings.${open.id}`) : t("settings.title")}
        </h1>
        <IconButton label={t("action.close")} size={phone ? "lg" : "md"} onClick={() => void navigate("/")}>
          <X size={20} aria-hidden />
        </IconButton>
      </header>
      <div className="flex min-h-0 flex-1">
        {(!phone || !open) && (
          <nav
            aria-label={t("settings.title")}
            className={clsx("shrink-0 overflow-y-auto p-3", phone ? "w-full" : "w-56 border-r")}
          >
            <ul className="flex flex-col gap-px">
              {sections.map(({ id, icon: Icon }) => (
                <li key={id}>
                  <NavLink
                    to={`/settings/${id}`}
                    aria-current={open?.id === id ? "page" : undefined}
                    className={clsx(
                      "flex h-9 items-center gap-2.5 rounded-lg px-2.5 touch:h-12",
                      open?.id === id
                        ? "bg-hover font-medium text-text"
                        : "text-soft hover:bg-hover hover:text-text",
                    )}
                  >
                    <Icon size={17} aria-hidden />
                    {t(`settings.${id}`)}
                  </NavLink>
                </li>
              ))}
            </ul>
          </nav>
        )}
        {View && (
          <section
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be a tab stop (WCAG 2.1.1)
            tabIndex={0}
            aria-label={t(`settings.${open.id}`)}
            className="min-w-0 flex-1 overflow-y-auto px-4 py-5 focus-visible:outline-offset-[-2px] sm:px-8 sm:py-6"
          >
            <div className="mx-auto max-w-2xl">
              {!phone && <h2 className="mb-4 font-semibold text-xl">{t(`settings.${open.id}`)}</h2>}
              <View />
            </div>
          </section>
        )}
      </div>
    </main>
  );
}
