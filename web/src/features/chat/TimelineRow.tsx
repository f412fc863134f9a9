import { LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { CoreError } from "@/core/model";
import { dayHeading } from "@/i18n/dates";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/Notice";

/** Between two days. */
export function DayRow({ at }: { at: Date }) {
  const { t, i18n } = useTranslation();
  const words = { today: t("chat.today"), yesterday: t("chat.yesterday") };
  return (
    <div className="flex items-center gap-3 px-5 pt-4 pb-1 sm:px-6">
      <span className="h-px flex-1 bg-line" />
      <h2 className="font-medium text-faint text-xs first-letter:uppercase">
        {dayHeading(i18n.language, at, new Date(), words)}
      </h2>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

/** Before the first message that was not read. */
export function UnreadRow() {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-3 px-5 pt-2 sm:px-6" data-unread>
      <span className="h-px flex-1 bg-accent" />
      <span className="font-semibold text-accent text-xs">{t("chat.unread")}</span>
    </div>
  );
}

/** The beginning of the room. */
export function StartRow({ title, empty }: { title: string; empty: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="px-5 pt-8 pb-3 sm:px-6">
      <h2 className="font-semibold text-xl">{empty ? t("chat.empty") : t("chat.start", { room: title })}</h2>
      <p className="mt-1 text-soft">{t(empty ? "chat.emptyHint" : "chat.startHint")}</p>
    </div>
  );
}

/** At an end where more is to come. */
export function MoreRow({
  newer,
  error,
  onRetry,
}: {
  newer: boolean;
  error: CoreError | null;
  onRetry: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="flex min-h-11 items-center justify-center px-5 py-1 text-faint text-sm">
      {error ? (
        <ErrorNotice error={error} className="w-full max-w-md">
          <Button size="sm" onClick={onRetry}>
            {t("action.retry")}
          </Button>
        </ErrorNotice>
      ) : (
        <span className="flex items-center gap-2">
          <LoaderCircle size={15} aria-hidden className="animate-spin" />
          {t(newer ? "chat.loadingNewer" : "chat.loadingOlder")}
        </span>
      )}
    </div>
  );
}

/** The grey lines that stand where messages will. */
export function TimelineSkeleton() {
  const { t } = useTranslation();
  const widths = ["w-2/5", "w-3/5", "w-1/3", "w-1/2", "w-1/4", "w-2/3"];
  return (
    <div
      className="flex min-h-0 flex-1 flex-col justify-end gap-5 overflow-hidden px-5 pb-4"
      role="status"
      aria-label={t("app.loading")}
    >
      {widths.map((width) => (
        <div key={width} className="flex gap-3">
          <div className="skeleton size-9 rounded-full" />
          <div className="flex flex-1 flex-col gap-2 pt-1">
            <div className="skeleton h-3 w-28 rounded" />
            <div className={`skeleton h-3 rounded ${width}`} />
          </div>
        </div>
      ))}
    </div>
  );
}
