import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { Button } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { Notice } from "@/ui/Notice";
import { AuthLayout } from "./AuthLayout";
import { GuestForm, LoginForm, RegisterForm } from "./forms";

type Way = "login" | "register" | "guest";

function WayLinks({ ways, onPick }: { ways: [Way, string][]; onPick: (way: Way) => void }) {
  return (
    <div className="mt-5 flex flex-wrap gap-x-5 gap-y-1 border-t pt-4 text-sm">
      {ways.map(([way, label]) => (
        <button
          key={way}
          type="button"
          onClick={() => onPick(way)}
          className="rounded py-1 font-medium text-accent underline-offset-2 hover:underline touch:min-h-11 touch:min-w-11 touch:text-left"
        >
          {label}
        </button>
      ))}
    </div>
  );
}

/** Sign in, or make an account where the server allows it. */
export function SignInPage() {
  const { t } = useTranslation();
  const mode = useCoreState("account", (a) => a.mode);
  const trouble = useCoreState("account", (a) => a.trouble);
  const [way, setWay] = useState<Way>("login");
  if (mode?.needsOwner) {
    return (
      <AuthLayout title={t("auth.ownerTitle")} text={t("auth.ownerText")}>
        <RegisterForm askSetup={mode.needsSetupCode} />
      </AuthLayout>
    );
  }
  const registers = mode ? mode.registration !== "closed" : false;
  const ways: [Way, string][] = [];
  if (way !== "login") ways.push(["login", t("auth.signIn")]);
  if (way !== "register" && registers) ways.push(["register", t("auth.register")]);
  if (way !== "guest" && mode?.guests === "open") ways.push(["guest", t("auth.guest")]);
  const title = { login: "auth.welcome", register: "auth.register", guest: "auth.guest" }[way];
  const text =
    way === "login"
      ? t("auth.welcomeText")
      : way === "register" && mode?.registration === "invite"
        ? t("auth.byInvite")
        : t("auth.nameHint");
  return (
    <AuthLayout title={t(title)} text={text}>
      {trouble && <Notice tone="info" title={t("auth.ended")} code={trouble.code} className="mb-4" />}
      {way === "login" && <LoginForm />}
      {way === "register" && <RegisterForm askInvite={mode?.registration === "invite"} />}
      {way === "guest" && <GuestForm />}
      {ways.length > 0 ? (
        <WayLinks ways={ways} onPick={setWay} />
      ) : (
        <p className="mt-5 border-t pt-4 text-faint text-sm">{t("auth.closed")}</p>
      )}
    </AuthLayout>
  );
}

/** Behind an invite link: a name, or an account. */
export function InvitePage() {
  const core = useCore();
  const { code = "" } = useParams();
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mode = useCoreState("account", (a) => a.mode);
  const user = useCoreState("account", (a) => a.user);
  const guests = mode ? mode.guests !== "off" : true;
  const registers = mode ? mode.registration !== "closed" : true;
  const [way, setWay] = useState<Way | null>(null);
  if (user) {
    return (
      <AuthLayout title={t("auth.inviteTitle")} text={t("auth.signedInAs", { name: user.name })}>
        <div className="flex flex-wrap gap-2">
          <Button kind="primary" onClick={() => void navigate("/")}>
            {t("auth.goOn")}
          </Button>
          <Button kind="quiet" onClick={() => void core.auth.logout().catch(() => {})}>
            {t("auth.signOut")}
          </Button>
        </div>
      </AuthLayout>
    );
  }
  const chosen: Way = way ?? (guests ? "guest" : registers ? "register" : "login");
  const ways: [Way, string][] = [];
  if (chosen !== "guest" && guests) ways.push(["guest", t("auth.guest")]);
  if (chosen !== "register" && registers) ways.push(["register", t("auth.register")]);
  if (chosen !== "login") ways.push(["login", t("auth.signIn")]);
  return (
    <AuthLayout title={t("auth.inviteTitle")} text={t(guests ? "auth.inviteText" : "auth.inviteTextAccount")}>
      {chosen === "guest" && <GuestForm inviteCode={code} />}
      {chosen === "register" && <RegisterForm inviteCode={code} />}
      {chosen === "login" && <LoginForm />}
      <WayLinks ways={ways} onPick={setWay} />
    </AuthLayout>
  );
}

/** The server did not answer at start; the page tries on its own and by a click. */
export function UnreachablePage({ code }: { code: string }) {
  const core = useCore();
  const { t } = useTranslation();
  const known = t(`errors.${code}.title`) !== `errors.${code}.title` ? code : "ServerUnreachable";
  return (
    <AuthLayout title={t(`errors.${known}.title`)} text={t(`errors.${known}.hint`)}>
      <Notice tone="info" title={t("auth.unreachable")} code={code} />
      <div className="mt-4 flex gap-3">
        <Button kind="primary" onClick={() => void core.start().catch(() => {})}>
          {t("action.retry")}
        </Button>
      </div>
    </AuthLayout>
  );
}
