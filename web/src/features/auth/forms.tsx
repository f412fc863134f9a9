import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CoreError } from "@/core/model";
import { Button } from "@/ui/Button";
import { useCore } from "@/ui/core";
import { Entry } from "@/ui/Entry";
import { ErrorNotice, Notice } from "@/ui/Notice";
import { useAction } from "@/ui/useAction";

/** The error of a form, unless it is said at a field; a refused invite has its own words. */
function FormError({ error, invited }: { error: CoreError | null; invited?: boolean }) {
  const { t } = useTranslation();
  if (!error) return null;
  if (invited && error.code === "Forbidden") {
    return (
      <Notice
        tone="danger"
        title={t("errors.inviteInvalid.title")}
        hint={t("errors.inviteInvalid.hint")}
        code={error.code}
      />
    );
  }
  const named = error.issues.some((i) => i.field === "name" || i.field === "password");
  return named ? null : <ErrorNotice error={error} />;
}

/** Name and password of an account that exists. */
export function LoginForm() {
  const core = useCore();
  const { t } = useTranslation();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(() => core.auth.login(name.trim(), password));
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit} aria-label={t("auth.signIn")}>
      <Entry
        label={t("auth.name")}
        field="name"
        error={error}
        value={name}
        onText={setName}
        autoComplete="username"
        autoCapitalize="none"
      />
      <Entry
        label={t("auth.password")}
        field="password"
        error={error}
        type="password"
        value={password}
        onText={setPassword}
        autoComplete="current-password"
      />
      <FormError error={error} />
      <Button kind="primary" type="submit" busy={busy} className="h-10">
        {t("auth.signIn")}
      </Button>
    </form>
  );
}

interface RegisterProps {
  /** A code that came with the link; without it `askInvite` asks for one. */
  inviteCode?: string;
  askInvite?: boolean;
  askSetup?: boolean;
}

/** Makes an account. */
export function RegisterForm({ inviteCode, askInvite, askSetup }: RegisterProps) {
  const core = useCore();
  const { t } = useTranslation();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [typedInvite, setTypedInvite] = useState("");
  const [setup, setSetup] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // People paste the whole link as often as the code.
    const invite = inviteCode ?? typedInvite.trim().replace(/^.*\/invite\//, "");
    void run(() => core.auth.register(name.trim(), password, invite || undefined, setup.trim() || undefined));
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit} aria-label={t("auth.register")}>
      <Entry
        label={t("auth.name")}
        hint={t("auth.nameHint")}
        field="name"
        error={error}
        value={name}
        onText={setName}
        maxLength={32}
        autoComplete="username"
        autoCapitalize="none"
      />
      <Entry
        label={t("auth.password")}
        hint={t("auth.passwordHint")}
        field="password"
        error={error}
        type="password"
        value={password}
        onText={setPassword}
        minLength={8}
        autoComplete="new-password"
      />
      {askInvite && (
        <Entry
          label={t("auth.inviteCode")}
          field="inviteCode"
          error={error}
          value={typedInvite}
          onText={setTypedInvite}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {askSetup && (
        <Entry
          label={t("auth.setupCode")}
          hint={t("auth.setupHint")}
          field="setupCode"
          error={error}
          value={setup}
          onText={setSetup}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      <FormError error={error} invited={!!inviteCode || !!askInvite} />
      <Button kind="primary" type="submit" busy={busy} className="h-10">
        {t("auth.register")}
      </Button>
    </form>
  );
}

/** A name, and in. */
export function GuestForm({ inviteCode }: { inviteCode?: string }) {
  const core = useCore();
  const { t } = useTranslation();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(() => core.auth.guest(name.trim(), inviteCode));
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit} aria-label={t("auth.guest")}>
      <Entry
        label={t("auth.name")}
        hint={t("auth.nameHint")}
        field="name"
        error={error}
        value={name}
        onText={setName}
        maxLength={32}
        autoComplete="nickname"
        autoFocus
      />
      <FormError error={error} invited={!!inviteCode} />
      <Button kind="primary" type="submit" busy={busy} className="h-10">
        {t("auth.joinAsGuest")}
      </Button>
    </form>
  );
}
