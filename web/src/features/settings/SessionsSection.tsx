import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Monitor, Smartphone } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ago, day } from "@/i18n/dates";
import { Button } from "@/ui/Button";
import { useCore } from "@/ui/core";
import { ErrorNotice } from "@/ui/Notice";
import { asCoreError } from "@/ui/useAction";
import { deviceName, isPhoneAgent } from "./deviceName";

/** Where one is signed in. */
export function SessionsSection() {
  const core = useCore();
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: () => core.auth.sessions() });
  const revoke = useMutation({
    mutationFn: (id: string) => core.auth.revokeSession(id),
    onSuccess: () => client.invalidateQueries({ queryKey: ["sessions"] }),
  });
  const error = revoke.error ?? sessions.error;
  const now = new Date();
  return (
    <div>
      <p className="mb-3 text-soft">{t("settings.sessionsText")}</p>
      {error && (
        <ErrorNotice error={asCoreError(error)} className="mb-3">
          <Button size="sm" onClick={() => void sessions.refetch()}>
            {t("action.retry")}
          </Button>
        </ErrorNotice>
      )}
      {sessions.isPending && (
        <div className="skeleton h-16 rounded-lg" role="status" aria-label={t("app.loading")} />
      )}
      <ul className="divide-y divide-line">
        {sessions.data?.map((session) => {
          const name = deviceName(session.userAgent) || t("settings.unknownDevice");
          const Icon = isPhoneAgent(session.userAgent) ? Smartphone : Monitor;
          return (
            <li key={session.id} className="flex min-h-16 items-center gap-4 py-2">
              <Icon size={20} aria-hidden className="shrink-0 text-soft" />
              <div className="min-w-0 flex-1">
                <p className="truncate">{name}</p>
                <p className="text-faint text-sm">
                  {session.current ? (
                    <span className="text-voice">{t("settings.thisDevice")}</span>
                  ) : (
                    t("settings.lastSeen", { when: ago(i18n.language, new Date(session.lastSeenAt), now) })
                  )}
                  {" · "}
                  {t("settings.signedIn", { when: day(i18n.language, new Date(session.createdAt)) })}
                </p>
              </div>
              {!session.current && (
                <Button
                  size="sm"
                  busy={revoke.isPending && revoke.variables === session.id}
                  aria-label={t("settings.revokeName", { device: name })}
                  onClick={() => revoke.mutate(session.id)}
                >
                  {t("settings.revoke")}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
