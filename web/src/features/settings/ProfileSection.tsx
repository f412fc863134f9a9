import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { day } from "@/i18n/dates";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { ErrorNotice, Notice } from "@/ui/Notice";
import { useAction } from "@/ui/useAction";

/** Who one is here, and the way out. */
export function ProfileSection() {
  const core = useCore();
  const navigate = useNavigate();
  const { t, i18n } = useTranslation();
  const user = useCoreState("account", (a) => a.user);
  const { busy, error, run } = useAction();
  if (!user) return null;
  return (
    <div className="flex flex-col gap-6">
      <div className="flex items-center gap-4">
        <Avatar id={user.id} name={user.name} size="xl" />
        <div className="min-w-0">
          <p className="truncate font-semibold text-lg">{user.name}</p>
          <p className="text-soft text-sm">
            {t(`roles.${user.role}`)} ·{" "}
            {t("settings.memberSince", { date: day(i18n.language, new Date(user.createdAt)) })}
          </p>
        </div>
      </div>
      {user.role === "guest" && <Notice tone="info" title={t("settings.guestNote")} />}
      {error && <ErrorNotice error={error} />}
      <div>
        <Button
          busy={busy}
          onClick={() => void run(() => core.auth.logout()).then((done) => done && navigate("/"))}
        >
          <LogOut size={16} aria-hidden />
          {t("auth.signOut")}
        </Button>
      </div>
    </div>
  );
}
