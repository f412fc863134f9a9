import { Search } from "lucide-react";
import { Popover as P } from "radix-ui";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui/Dialog";
import { EMOJI } from "./emoji";

interface Props {
  /** What it stands beside; null: a dialog of its own. */
  at: HTMLElement | null;
  onPick: (emoji: string) => void;
  onClose: () => void;
}

/** How many stand in a line; in the grid's class too. */
const COLUMNS = 8;

function Grid({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const grid = useRef<HTMLFieldSetElement>(null);
  const found = useMemo(() => {
    const words = query.toLowerCase().replaceAll("ё", "е").trim().split(/\s+/);
    return EMOJI.filter(([emoji, known]) => words.every((word) => known.includes(word) || emoji === word));
  }, [query]);
  const buttons = () => [...(grid.current?.querySelectorAll("button") ?? [])];
  const onKeyDown = (event: KeyboardEvent) => {
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    if (at < 0) {
      if (event.key === "ArrowDown") all[0]?.focus();
      else if (event.key === "Enter" && found[0]) onPick(found[0][0]);
      else return;
    } else {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
      if (!step) return;
      if (at + step < 0) document.getElementById("find-emoji")?.focus();
      else all[Math.min(all.length - 1, at + step)]?.focus();
    }
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys move among the buttons inside
    <div onKeyDown={onKeyDown}>
      <label className="mb-2 flex h-9 items-center gap-2 rounded-lg border border-line-strong bg-ground px-2.5 focus-within:border-accent touch:h-11">
        <Search size={15} aria-hidden className="shrink-0 text-faint" />
        <input
          id="find-emoji"
          type="search"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          placeholder={t("chat.findEmoji")}
          aria-label={t("chat.findEmoji")}
          autoComplete="off"
          className="min-w-0 flex-1 bg-transparent focus-visible:outline-none"
        />
      </label>
      <fieldset
        ref={grid}
        aria-label={t("chat.react")}
        className="grid max-h-64 grid-cols-8 overflow-y-auto overscroll-contain p-0.5"
      >
        {found.map(([emoji, words], i) => (
          <button
            key={emoji}
            type="button"
            tabIndex={i === 0 ? 0 : -1}
            aria-label={`${emoji} ${words.split("|")[0]}`}
            onClick={() => onPick(emoji)}
            className="emoji flex aspect-square items-center justify-center rounded-md text-xl hover:bg-hover focus-visible:bg-hover focus-visible:outline-offset-[-2px] touch:min-h-11"
          >
            {emoji}
          </button>
        ))}
      </fieldset>
      {found.length === 0 && (
        <p className="py-6 text-center text-faint text-sm" role="status">
          {t("chat.noEmoji")}
        </p>
      )}
    </div>
  );
}

/** A small emoji picker with a search, beside a message or from below. */
export function EmojiPicker({ at, onPick, onClose }: Props) {
  const { t } = useTranslation();
  const anchor = useRef({ getBoundingClientRect: () => at?.getBoundingClientRect() ?? new DOMRect() });
  if (!at) {
    return (
      <Dialog open onClose={onClose} title={t("chat.react")}>
        <Grid onPick={onPick} />
      </Dialog>
    );
  }
  return (
    <P.Root open onOpenChange={(open) => !open && onClose()}>
      <P.Anchor virtualRef={anchor} />
      <P.Portal>
        <P.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label={t("chat.react")}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            (at.closest<HTMLElement>("article") ?? at).focus({ preventScroll: true });
          }}
          className="pop z-50 w-80 rounded-xl border border-line-strong bg-raised p-2.5 shadow-pop"
        >
          <Grid onPick={onPick} />
        </P.Content>
      </P.Portal>
    </P.Root>
  );
}
