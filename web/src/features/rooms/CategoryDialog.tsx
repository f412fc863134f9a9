import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Category } from "@/core/model";
import { Button } from "@/ui/Button";
import { useCore } from "@/ui/core";
import { Dialog } from "@/ui/Dialog";
import { ErrorNotice } from "@/ui/Notice";
import { useAction } from "@/ui/useAction";
import { SlugEntry, TitleEntry } from "./entries";
import { slugOf } from "./tree";

interface Props {
  /** null: a new one. */
  category: Category | null;
  onClose: () => void;
}

/** Makes a category, renames or removes one. */
export function CategoryDialog({ category, onClose }: Props) {
  const core = useCore();
  const { t } = useTranslation();
  const { busy, error, run } = useAction();
  const [title, setTitle] = useState(category?.title ?? "");
  const [typedSlug, setTypedSlug] = useState<string | null>(null);
  const [removing, setRemoving] = useState(false);
  const slug = typedSlug ?? slugOf(title);
  const change = async (act: () => Promise<unknown>) => {
    const done = await run(async () => {
      await act();
      await core.room.reloadTree();
    });
    if (done) onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void change(() =>
      category
        ? core.admin.updateCategory(category.id, { title: title.trim() })
        : core.admin.createCategory(slug, title.trim()),
    );
  };
  if (category && removing) {
    return (
      <Dialog
        open
        onClose={onClose}
        title={t("rooms.removeCategorySure", { category: category.title })}
        description={t("rooms.removeCategoryAsk")}
      >
        {error && <ErrorNotice error={error} className="mb-4" />}
        <div className="flex justify-end gap-2">
          <Button kind="quiet" onClick={() => setRemoving(false)}>
            {t("action.cancel")}
          </Button>
          <Button
            kind="danger"
            busy={busy}
            onClick={() => void change(() => core.admin.deleteCategory(category.id))}
          >
            {t("rooms.removeCategory")}
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title={t(category ? "rooms.editCategory" : "rooms.newCategory")}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TitleEntry label={t("rooms.categoryTitle")} error={error} value={title} onText={setTitle} />
        {!category && <SlugEntry error={error} value={slug} onText={setTypedSlug} />}
        {error && error.issues.length === 0 && <ErrorNotice error={error} />}
        <div className="flex items-center gap-2 pt-1">
          {category && (
            <Button
              kind="quiet"
              className="text-danger! hover:text-danger!"
              onClick={() => setRemoving(true)}
            >
              {t("rooms.removeCategory")}
            </Button>
          )}
          <span className="flex-1" />
          <Button kind="quiet" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button kind="primary" type="submit" busy={busy}>
            {t(category ? "action.save" : "action.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
