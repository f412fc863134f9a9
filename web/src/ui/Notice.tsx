import { clsx } from "clsx";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { CoreError, FailureCode } from "@/core/model";
import { errorWords } from "@/i18n/errors";

interface Props {
  tone: "danger" | "warn" | "info";
  title: ReactNode;
  hint?: ReactNode;
  code?: string | undefined;
  children?: ReactNode;
  className?: string;
}

const TONES = {
  danger: { box: "bg-danger-wash", icon: <CircleAlert size={17} className="text-danger" aria-hidden /> },
  warn: { box: "bg-warn-wash", icon: <TriangleAlert size={17} className="text-warn" aria-hidden /> },
  info: { box: "bg-raised", icon: <Info size={17} className="text-soft" aria-hidden /> },
};

/** Says what happened and what to do; `children` are the buttons that do it. */
export function Notice({ tone, title, hint, code, children, className }: Props) {
  return (
    <div
      role={tone === "info" ? "status" : "alert"}
      className={clsx("flex gap-2.5 rounded-lg px-3 py-2.5 text-sm", TONES[tone].box, className)}
    >
      <span className="mt-px shrink-0">{TONES[tone].icon}</span>
      <div className="min-w-0 flex-1">
        <p className="font-medium text-text">{title}</p>
        {hint && <p className="mt-0.5 text-soft">{hint}</p>}
        {code && <p className="mt-1 text-faint text-xs">{code}</p>}
        {children && <div className="mt-2 flex flex-wrap gap-2">{children}</div>}
      </div>
    </div>
  );
}

/** A coded error in the user's words. */
export function ErrorNotice({
  error,
  failure,
  children,
  className,
  tone = "danger",
}: {
  error: CoreError;
  /** Where voice has failed: of which class that is. */
  failure?: FailureCode | null;
  children?: ReactNode;
  className?: string;
  tone?: "danger" | "warn";
}) {
  const { t } = useTranslation();
  const words = errorWords(t, error);
  return (
    <Notice
      tone={tone}
      title={words.title}
      hint={words.hint}
      code={failure ? `${failure} · ${error.code}` : error.code}
      {...(className ? { className } : {})}
    >
      {children}
    </Notice>
  );
}
