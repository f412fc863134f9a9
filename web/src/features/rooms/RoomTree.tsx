import { clsx } from "clsx";
import { ChevronDown, FolderPlus, Plus, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Category } from "@/core/model";
import { useRole } from "@/features/account";
import { Button, IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { Keys } from "@/ui/Keys";
import { MenuContent, MenuItem, MenuRoot, MenuTrigger } from "@/ui/Menu";
import { ErrorNotice } from "@/ui/Notice";
import { useOverlay } from "@/ui/overlay";
import { CategoryMenu } from "./CategoryMenu";
import { RoomRow } from "./RoomRow";

function CategoryGroup({ category }: { category: Category }) {
  const admin = useRole("admin");
  const [open, setOpen] = useState(true);
  return (
    <section aria-label={category.title} className="mt-4">
      <div className="group flex h-7 items-center pr-0.5 touch:h-11">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex h-full min-w-0 flex-1 items-center gap-1 rounded px-1 text-left font-semibold text-faint text-xs hover:text-text"
        >
          <ChevronDown
            size={14}
            aria-hidden
            className={clsx("shrink-0 transition-transform", !open && "-rotate-90")}
          />
          <span className="truncate">{category.title}</span>
        </button>
        {admin && <CategoryMenu category={category} />}
      </div>
      {open && (
        <ul className="flex flex-col gap-px">
          {category.channels.map((room) => (
            <RoomRow key={room.id} room={room} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Skeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("app.loading")} className="flex flex-col gap-3 px-3 pt-3">
      {["w-24", "w-36", "w-28", "w-32"].map((width) => (
        <div key={width} className={clsx("skeleton h-4 rounded", width)} />
      ))}
    </div>
  );
}

/** The rooms of the server, with who is in the voice of each. */
export function RoomTree() {
  const core = useCore();
  const { t } = useTranslation();
  const admin = useRole("admin");
  const show = useOverlay((o) => o.show);
  const tree = useCoreState("rooms", (r) => r.tree);
  const error = useCoreState("rooms", (r) => r.error);
  const empty = tree && tree.uncategorized.length === 0 && tree.categories.length === 0;
  return (
    <>
      <div className="flex h-13 shrink-0 items-center gap-1 pr-2 pl-4">
        <h2 className="min-w-0 flex-1 truncate font-bold text-base tracking-tight">{t("app.name")}</h2>
        {admin && (
          <MenuRoot>
            <MenuTrigger asChild>
              <IconButton label={t("rooms.add")}>
                <Plus size={18} aria-hidden />
              </IconButton>
            </MenuTrigger>
            <MenuContent align="end">
              <MenuItem
                icon={<Plus size={15} aria-hidden />}
                onSelect={() => show({ kind: "room", room: null })}
              >
                {t("rooms.newRoom")}
              </MenuItem>
              <MenuItem
                icon={<FolderPlus size={15} aria-hidden />}
                onSelect={() => show({ kind: "category", category: null })}
              >
                {t("rooms.newCategory")}
              </MenuItem>
            </MenuContent>
          </MenuRoot>
        )}
      </div>
      <div className="px-2 pb-2">
        <button
          type="button"
          onClick={() => show({ kind: "switcher" })}
          className="flex h-8 w-full items-center gap-2 rounded-lg border border-line bg-ground px-2.5 text-faint text-sm hover:border-line-strong hover:text-soft touch:h-11"
        >
          <Search size={14} aria-hidden />
          <span className="flex-1 text-left">{t("switcher.title")}</span>
          <span className="touch:hidden" aria-hidden>
            <Keys keys="Mod+K" />
          </span>
        </button>
      </div>
      <nav
        aria-label={t("rooms.tree")}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-3"
      >
        {!tree && !error && <Skeleton />}
        {!tree && error && (
          <ErrorNotice error={error}>
            <Button size="sm" onClick={() => void core.room.reloadTree().catch(() => {})}>
              {t("action.retry")}
            </Button>
          </ErrorNotice>
        )}
        {empty && (
          <div className="px-2 py-3 text-sm">
            <p className="font-medium">{t("rooms.empty")}</p>
            <p className="mt-0.5 text-soft">{t(admin ? "rooms.emptyAdmin" : "rooms.emptyMember")}</p>
            {admin && (
              <Button
                kind="primary"
                size="sm"
                className="mt-3"
                onClick={() => show({ kind: "room", room: null })}
              >
                {t("rooms.newRoom")}
              </Button>
            )}
          </div>
        )}
        {tree && (
          <ul className="flex flex-col gap-px">
            {tree.uncategorized.map((room) => (
              <RoomRow key={room.id} room={room} />
            ))}
          </ul>
        )}
        {tree?.categories.map((category) => (
          <CategoryGroup key={category.id} category={category} />
        ))}
      </nav>
    </>
  );
}
