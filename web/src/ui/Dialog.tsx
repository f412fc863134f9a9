import { clsx } from "clsx";
import { X } from "lucide-react";
import { Dialog as D } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  /** Where the title is only for readers: the content says it itself. */
  bare?: boolean;
  wide?: boolean;
  /** Nothing in it takes the focus: it is a tab stop itself, for the keyboard to scroll it (WCAG 2.1.1). */
  still?: boolean;
}

/** A dialog in the middle of the page, from below on a phone. */
export function Dialog({ open, onClose, title, description, children, bare, wide, still }: Props) {
  const { t } = useTranslation();
  return (
    <D.Root open={open} onOpenChange={(now) => !now && onClose()}>
      <D.Portal>
        <D.Overlay className="fade fixed inset-0 z-40 bg-shade" />
        <D.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          className={clsx(
            "pop fixed z-40 flex max-h-[min(40rem,calc(100dvh-2rem))] flex-col overflow-hidden border border-line bg-ground shadow-pop",
            "inset-x-0 bottom-0 rounded-t-2xl sm:inset-x-auto sm:bottom-auto sm:left-1/2 sm:w-[calc(100%-3rem)] sm:-translate-x-1/2 sm:rounded-2xl",
            bare ? "sm:top-[14vh]" : "sm:top-1/2 sm:-translate-y-1/2",
            wide ? "sm:max-w-xl" : "sm:max-w-md",
          )}
        >
          <div className={clsx(bare ? "sr-only" : "flex items-start gap-4 px-5 pt-4 pb-1")}>
            <div className="min-w-0 flex-1">
              <D.Title className="font-semibold text-lg">{title}</D.Title>
              {description && (
                <D.Description className="mt-0.5 text-sm text-soft">{description}</D.Description>
              )}
            </div>
            {!bare && (
              <D.Close asChild>
                <IconButton label={t("action.close")} className="-mr-2">
                  <X size={18} aria-hidden />
                </IconButton>
              </D.Close>
            )}
          </div>
          <div
            tabIndex={still ? 0 : undefined}
            className={clsx(
              "min-h-0 overflow-y-auto focus-visible:outline-offset-[-2px]",
              !bare && "px-5 pt-3 pb-5",
            )}
          >
            {children}
          </div>
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}
