import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CoreError } from "@/core/model";
import { fieldError } from "@/i18n/errors";
import { Button } from "@/ui/Button";
import { useCore } from "@/ui/core";
import { Field, Input } from "@/ui/Field";
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
      <Field label={t("auth.name")} error={fieldError(t, error, "name")}>
        {(ids) => (
          <Input
            {...ids}
            value={name}
            onChange={(e) => setName(e.target.value)}
            required
            autoComplete="username"
            autoCapitalize="none"
          />
        )}
      </Field>
      <Field label={t("auth.password")} error={fieldError(t, error, "password")}>
        {(ids) => (
          <Input
            {...ids}
            type="password"
            value={password}
            onChange={(e) => setPassword(e.target.value)}
            required
            autoComplete="current-password"
          />
        )}
      </Field>
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
      <Field label={t("auth.name")} hint={t("auth.nameHint")} error={fieldError(t, error, "name")}>
        {(ids) => (
          <Input
            {...ids}
            value={name}
            onChange={(e) => setName(e.target.value)}
            required
            maxLength={32}
            autoComplete="username"
            autoCapitalize="none"
          />
        )}
      </Field>
      <Field
        label={t("auth.password")}
        hint={t("auth.passwordHint")}
        error={fieldError(t, error, "password")}
      >
        {(ids) => (
          <Input
            {...ids}
            type="password"
            value={password}
            onChange={(e) => setPassword(e.target.value)}
            required
            minLength={8}
            autoComplete="new-password"
          />
        )}
      </Field>
      {askInvite && (
        <Field label={t("auth.inviteCode")} error={fieldError(t, error, "inviteCode")}>
          {(ids) => (
            <Input
              {...ids}
              value={typedInvite}
              onChange={(e) => setTypedInvite(e.target.value)}
              required
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
      )}
      {askSetup && (
        <Field
          label={t("auth.setupCode")}
          hint={t("auth.setupHint")}
          error={fieldError(t, error, "setupCode")}
        >
          {(ids) => (
            <Input
              {...ids}
              value={setup}
              onChange={(e) => setSetup(e.target.value)}
              required
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
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
      <Field label={t("auth.name")} hint={t("auth.nameHint")} error={fieldError(t, error, "name")}>
        {(ids) => (
          <Input
            {...ids}
            value={name}
            onChange={(e) => setName(e.target.value)}
            required
            maxLength={32}
            autoComplete="nickname"
            autoFocus
          />
        )}
      </Field>
      <FormError error={error} invited={!!inviteCode} />
      <Button kind="primary" type="submit" busy={busy} className="h-10">
        {t("auth.joinAsGuest")}
      </Button>
    </form>
  );
}
