import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, Copy, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Invite } from "@/core/model";
import { moment } from "@/i18n/dates";
import { Button, IconButton } from "@/ui/Button";
import { useCopy } from "@/ui/copyText";
import { useCore } from "@/ui/core";
import { Dialog } from "@/ui/Dialog";
import { Field, Input, Select } from "@/ui/Field";
import { ErrorNotice, Notice } from "@/ui/Notice";
import { asCoreError } from "@/ui/useAction";

const HOUR = 3_600_000;
const LIFETIMES = { never: 0, "1h": HOUR, "1d": 24 * HOUR, "7d": 7 * 24 * HOUR };

/** An invite's address as seen from this browser when the server gave a bare path. */
export function inviteUrl(invite: Invite): string {
  return new URL(invite.url || `/invite/${invite.code}`, location.origin).href;
}

function Link({ url }: { url: string }) {
  const { t } = useTranslation();
  const [state, copy] = useCopy();
  const copied = state === "copied";
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (state === "failed") field.current?.focus();
  }, [state]);
  const local = /^(localhost|127\.|\[::1\])/.test(new URL(url).host);
  return (
    <>
      <div className="flex gap-2">
        <Input
          ref={field}
          readOnly
          value={url}
          aria-label={t("invite.link")}
          onFocus={(e) => e.target.select()}
          className="text-sm"
        />
        <Button kind="primary" className="h-10" onClick={() => copy(url)}>
          {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          {t(copied ? "action.copied" : "invite.copyLink")}
        </Button>
      </div>
      <p className={state === "failed" ? "mt-2 text-sm text-soft" : "sr-only"} role="status">
        {copied && t("action.copied")}
        {state === "failed" && t("action.copyByHand")}
      </p>
      {local && <Notice tone="info" title={t("invite.local")} className="mt-3" />}
    </>
  );
}

function InviteRow({ invite, onRemove }: { invite: Invite; onRemove: () => void }) {
  const { t, i18n } = useTranslation();
  const [state, copy] = useCopy();
  const uses =
    invite.maxUses === null
      ? t("invite.usedFree", { count: invite.uses })
      : t("invite.used", { uses: invite.uses, max: invite.maxUses });
  return (
    <li className="flex items-center gap-1 py-1.5">
      <div className="min-w-0 flex-1">
        <p className="truncate font-mono text-sm">{invite.code}</p>
        <p className="truncate text-faint text-xs">
          {uses}
          {invite.expiresAt &&
            ` · ${t("invite.until", { date: moment(i18n.language, new Date(invite.expiresAt)) })}`}
        </p>
      </div>
      <IconButton label={`${t("invite.copyLink")}: ${invite.code}`} onClick={() => copy(inviteUrl(invite))}>
        {state === "copied" ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
      </IconButton>
      <IconButton
        label={t("invite.revokeName", { code: invite.code })}
        className="hover:text-danger"
        onClick={onRemove}
      >
        <Trash2 size={16} aria-hidden />
      </IconButton>
    </li>
  );
}

/** Makes a link that lets people in, and lists those that work. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const core = useCore();
  const { t } = useTranslation();
  const client = useQueryClient();
  const [uses, setUses] = useState("");
  const [life, setLife] = useState<keyof typeof LIFETIMES>("7d");
  const invites = useQuery({ queryKey: ["invites"], queryFn: () => core.invites.list() });
  const changed = () => client.invalidateQueries({ queryKey: ["invites"] });
  const create = useMutation({
    mutationFn: () =>
      core.invites.create(
        uses ? Number(uses) : undefined,
        LIFETIMES[life] ? new Date(Date.now() + LIFETIMES[life]).toISOString() : undefined,
      ),
    onSuccess: changed,
  });
  const remove = useMutation({ mutationFn: (code: string) => core.invites.remove(code), onSuccess: changed });
  const error = create.error ?? remove.error ?? invites.error;
  return (
    <Dialog open onClose={onClose} title={t("invite.title")} description={t("invite.text")}>
      <div className="flex flex-col gap-4">
        {create.data ? (
          <div>
            <Link url={inviteUrl(create.data)} />
          </div>
        ) : (
          <>
            <div className="grid grid-cols-2 gap-3">
              <Field label={t("invite.expires")}>
                {(ids) => (
                  <Select
                    {...ids}
                    value={life}
                    onChange={(e) => setLife(e.target.value as keyof typeof LIFETIMES)}
                  >
                    <option value="1h">{t("invite.hours", { count: 1 })}</option>
                    <option value="1d">{t("invite.days", { count: 1 })}</option>
                    <option value="7d">{t("invite.days", { count: 7 })}</option>
                    <option value="never">{t("invite.expiresNever")}</option>
                  </Select>
                )}
              </Field>
              <Field label={t("invite.uses")}>
                {(ids) => (
                  <Select {...ids} value={uses} onChange={(e) => setUses(e.target.value)}>
                    <option value="">{t("invite.usesUnlimited")}</option>
                    {[1, 5, 25].map((count) => (
                      <option key={count} value={count}>
                        {t("invite.usesTimes", { count })}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            </div>
            <Button kind="primary" busy={create.isPending} onClick={() => create.mutate()}>
              {t("invite.make")}
            </Button>
          </>
        )}
        {error && <ErrorNotice error={asCoreError(error)} />}
        <section aria-label={t("invite.active")} className="border-t pt-3">
          <h3 className="font-medium text-soft text-sm">{t("invite.active")}</h3>
          {invites.isPending && <div className="skeleton mt-3 h-9 rounded-lg" />}
          {invites.data?.length === 0 && <p className="mt-1 text-faint text-sm">{t("invite.none")}</p>}
          <ul className="mt-1 divide-y divide-line">
            {invites.data?.map((invite) => (
              <InviteRow key={invite.code} invite={invite} onRemove={() => remove.mutate(invite.code)} />
            ))}
          </ul>
        </section>
      </div>
    </Dialog>
  );
}
