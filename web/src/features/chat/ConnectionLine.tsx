import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "@/i18n/errors";
import { useCoreState } from "@/ui/core";

/** Whole seconds until a time, counted down each second. */
function useSecondsUntil(at: number | null): number | null {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (at === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [at]);
  return at === null ? null : Math.max(0, Math.ceil((at - now) / 1000));
}

/** One quiet line about the connection, empty while all is well. */
export function ConnectionLine({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const status = useCoreState("connection", (s) => s.status);
  const retryAt = useCoreState("connection", (s) => s.retryAt);
  const trouble = useCoreState("connection", (s) => s.error ?? null);
  const queued = useCoreState("chat", (s) => s.timelines[slug]?.queued ?? 0);
  const seconds = useSecondsUntil(status === "reconnecting" ? retryAt : null);

  let text = "";
  if (status === "reconnecting")
    text = seconds ? t("connection.reconnectingIn", { count: seconds }) : t("connection.reconnecting");
  else if (status === "connecting") text = t("connection.connecting");
  else if (status === "stopped")
    text = trouble
      ? `${errorWords(t, trouble).title}. ${errorWords(t, trouble).hint}`
      : t("connection.stopped");
  if (text && queued > 0) text += ` ${t("connection.queued", { count: queued })}`;

  return (
    <span className="flex min-w-0 items-center gap-2">
      {text && <span className="pulse size-1.5 shrink-0 rounded-full bg-warn" aria-hidden />}
      {/* The counting seconds are not for readers: they hear the state once. */}
      <span
        className={status === "stopped" ? "" : "truncate"}
        aria-hidden={status === "reconnecting" || undefined}
      >
        {text}
      </span>
      <span className="sr-only" role="status">
        {status === "reconnecting" ? t("connection.reconnecting") : ""}
      </span>
      {status === "stopped" && (
        <button
          type="button"
          className="shrink-0 font-medium text-accent underline underline-offset-2"
          onClick={() => location.reload()}
        >
          {t("action.reload")}
        </button>
      )}
    </span>
  );
}
