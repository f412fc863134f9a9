import { clsx } from "clsx";
import { Hash, Search } from "lucide-react";
import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMatch, useNavigate } from "react-router";
import { useCoreState } from "@/ui/core";
import { Dialog } from "@/ui/Dialog";
import { roomsOf } from "./tree";

/** Ctrl+K: any room by a few letters of its name. */
export function QuickSwitcher({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const here = useMatch("/r/:slug")?.params.slug;
  const tree = useCoreState("rooms", (r) => r.tree);
  const presence = useCoreState("rooms", (r) => r.presence);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const found = useMemo(() => {
    const wanted = query.trim().toLocaleLowerCase();
    const score = (title: string, slug: string) => {
      if (!wanted) return 1;
      const name = title.toLocaleLowerCase();
      if (name.startsWith(wanted)) return 3;
      return name.includes(wanted) || slug.includes(wanted) ? 2 : 0;
    };
    return roomsOf(tree)
      .map((room) => ({ room, rank: score(room.title, room.slug) }))
      .filter((hit) => hit.rank > 0)
      .sort((a, b) => b.rank - a.rank)
      .map((hit) => hit.room);
  }, [tree, query]);
  const go = (slug: string | undefined) => {
    if (!slug) return;
    onClose();
    void navigate(`/r/${slug}`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && found.length > 0) {
      event.preventDefault();
      const next = (at + step + found.length) % found.length;
      setAt(next);
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      go(found[at]?.slug);
    }
  };
  return (
    <Dialog open onClose={onClose} title={t("switcher.title")} bare>
      <div className="flex items-center gap-2.5 border-b px-4">
        <Search size={17} aria-hidden className="text-faint" />
        <input
          role="combobox"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={found.length > 0 ? `${listId}-${at}` : undefined}
          aria-label={t("switcher.title")}
          placeholder={t("switcher.placeholder")}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          className="h-12 min-w-0 flex-1 bg-transparent focus-visible:outline-none"
        />
      </div>
      <div
        role="listbox"
        id={listId}
        aria-label={t("rooms.title")}
        className="max-h-80 overflow-y-auto p-1.5"
      >
        {found.map((room, index) => {
          const talking = presence[room.slug]?.users.filter((u) => u.inVoice).length ?? 0;
          return (
            <div
              key={room.id}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              onMouseMove={() => setAt(index)}
              onClick={() => go(room.slug)}
              onKeyDown={onKeyDown}
              className={clsx(
                "flex h-10 cursor-pointer items-center gap-2.5 rounded-lg px-3 touch:h-11",
                index === at && "bg-hover",
              )}
            >
              <Hash size={16} aria-hidden className="shrink-0 text-faint" />
              <span className="min-w-0 flex-1 truncate">{room.title}</span>
              {talking > 0 && (
                <span className="text-sm text-voice">{t("rooms.inVoice", { count: talking })}</span>
              )}
              {room.slug === here && <span className="text-faint text-sm">{t("switcher.current")}</span>}
            </div>
          );
        })}
      </div>
      {found.length === 0 && <p className="px-5 pb-5 text-faint text-sm">{t("switcher.nothing")}</p>}
    </Dialog>
  );
}
