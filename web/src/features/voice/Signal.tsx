import { clsx } from "clsx";
import { Popover as P } from "radix-ui";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui/Dialog";
import { usePhone } from "@/ui/useMedia";
import { Bars, MARK_TONES, useOwnMark } from "./QualityMark";

const QualityPanel = lazy(() => import("./QualityPanel").then((m) => ({ default: m.QualityPanel })));

/** The panel, or as much room as it will take. */
function Panel({ onLeave }: { onLeave: () => void }) {
  return (
    <Suspense fallback={<div className="h-96" />}>
      <QualityPanel onLeave={onLeave} />
    </Suspense>
  );
}

/** The quality of our own connection as bars; a click tells the details, on a phone from below. */
export function Signal({ large }: { large?: boolean }) {
  const { t } = useTranslation();
  const mark = useOwnMark();
  const phone = usePhone();
  const [open, setOpen] = useState(false);
  const button = {
    "aria-label": `${t("voice.details")}: ${t(`voice.${mark}`)}`,
    className: clsx(
      "inline-flex shrink-0 items-center justify-center rounded-lg hover:bg-hover",
      large ? "size-11" : "size-8 touch:size-11",
      MARK_TONES[mark],
    ),
  };
  if (phone) {
    return (
      <>
        <button type="button" aria-haspopup="dialog" {...button} onClick={() => setOpen(true)}>
          <Bars mark={mark} size={18} />
        </button>
        <Dialog open={open} onClose={() => setOpen(false)} title={t("voice.details")} still>
          <Panel onLeave={() => setOpen(false)} />
        </Dialog>
      </>
    );
  }
  return (
    <P.Root open={open} onOpenChange={setOpen}>
      <P.Trigger {...button}>
        <Bars mark={mark} size={18} />
      </P.Trigger>
      <P.Portal>
        <P.Content
          side="top"
          align="start"
          sideOffset={8}
          collisionPadding={8}
          aria-label={t("voice.details")}
          // The content scrolls where the page is low, so the keyboard must get to it.
          tabIndex={0}
          className="pop z-50 max-h-(--radix-popover-content-available-height) w-152 max-w-[calc(100vw-1rem)] overflow-y-auto overscroll-contain rounded-xl border border-line-strong bg-ground p-4 shadow-pop focus-visible:outline-offset-[-2px]"
        >
          <Panel onLeave={() => setOpen(false)} />
        </P.Content>
      </P.Portal>
    </P.Root>
  );
}
