import { useTranslation } from "react-i18next";
import type { TimelineItem } from "@/core/model";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Excerpt } from "./MessageSheet";

interface Props {
  item: TimelineItem;
  onDelete: () => void;
  onClose: () => void;
}

/** Asks before a message is deleted. */
export function DeleteDialog({ item, onDelete, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog open onClose={onClose} title={t("chat.deleteAsk")} description={t("chat.deleteText")}>
      <blockquote className="mb-4 border-line-strong border-l-2 pl-3 text-sm text-soft">
        <p className="font-medium text-text">{item.userName}</p>
        <Excerpt text={item.text} />
      </blockquote>
      <div className="flex justify-end gap-2">
        <Button kind="quiet" onClick={onClose}>
          {t("action.cancel")}
        </Button>
        <Button kind="danger" onClick={onDelete}>
          {t("chat.delete")}
        </Button>
      </div>
    </Dialog>
  );
}
