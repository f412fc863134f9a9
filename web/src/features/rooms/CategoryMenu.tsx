import { ArrowDown, ArrowUp, Ellipsis, Pencil, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Category } from "@/core/model";
import { IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { MenuContent, MenuItem, MenuRoot, MenuSeparator, MenuTrigger } from "@/ui/Menu";
import { useOverlay } from "@/ui/overlay";
import { moveCategory } from "./order";

/** What an admin does with a category. */
export function CategoryMenu({ category }: { category: Category }) {
  const core = useCore();
  const { t } = useTranslation();
  const show = useOverlay((o) => o.show);
  const categories = useCoreState("rooms", (r) => r.tree?.categories);
  const at = categories?.findIndex((one) => one.id === category.id) ?? -1;
  const move = (step: -1 | 1) => void moveCategory(core, category, step).catch(() => core.room.reloadTree());
  return (
    <MenuRoot>
      <MenuTrigger asChild>
        <IconButton
          label={`${t("rooms.moreCategory")}: ${category.title}`}
          size="sm"
          className="opacity-0 focus-visible:opacity-100 group-hover:opacity-100 touch:opacity-100 aria-expanded:opacity-100"
        >
          <Ellipsis size={15} aria-hidden />
        </IconButton>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuItem
          icon={<Plus size={15} aria-hidden />}
          onSelect={() => show({ kind: "room", room: null, categoryId: category.id })}
        >
          {t("rooms.newRoom")}
        </MenuItem>
        <MenuSeparator />
        <MenuItem
          icon={<Pencil size={15} aria-hidden />}
          onSelect={() => show({ kind: "category", category })}
        >
          {t("rooms.editCategory")}
        </MenuItem>
        <MenuItem icon={<ArrowUp size={15} aria-hidden />} disabled={at <= 0} onSelect={() => move(-1)}>
          {t("rooms.moveUp")}
        </MenuItem>
        <MenuItem
          icon={<ArrowDown size={15} aria-hidden />}
          disabled={at < 0 || at === (categories?.length ?? 0) - 1}
          onSelect={() => move(1)}
        >
          {t("rooms.moveDown")}
        </MenuItem>
      </MenuContent>
    </MenuRoot>
  );
}
