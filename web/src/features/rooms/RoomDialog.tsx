import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Room } from "@/core/model";
import { fieldError } from "@/i18n/errors";
import { Button } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { Dialog } from "@/ui/Dialog";
import { Field, Input, Select } from "@/ui/Field";
import { ErrorNotice } from "@/ui/Notice";
import { useAction } from "@/ui/useAction";
import { SlugEntry, TitleEntry } from "./entries";
import { slugOf } from "./tree";

interface Props {
  /** null: a new one. */
  room: Room | null;
  categoryId?: string | undefined;
  onClose: () => void;
}

/** Makes a room or changes one. */
export function RoomDialog({ room, categoryId, onClose }: Props) {
  const core = useCore();
  const { t } = useTranslation();
  const navigate = useNavigate();
  const categories = useCoreState("rooms", (r) => r.tree?.categories);
  const { busy, error, run } = useAction();
  const [title, setTitle] = useState(room?.title ?? "");
  const [typedSlug, setTypedSlug] = useState<string | null>(room?.slug ?? null);
  const [category, setCategory] = useState(room?.categoryId ?? categoryId ?? "");
  const [policy, setPolicy] = useState<"auto" | "sfu">(room?.topologyPolicy ?? "auto");
  const [limit, setLimit] = useState(room ? String(room.maxParticipants) : "");
  const [archiving, setArchiving] = useState(false);
  const slug = typedSlug ?? slugOf(title);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const max = limit.trim() ? { maxParticipants: Number(limit) } : {};
    const done = await run(async () => {
      if (room) {
        await core.admin.updateRoom(room.id, {
          title: title.trim(),
          categoryId: category,
          topologyPolicy: policy,
          ...max,
        });
      } else {
        await core.admin.createRoom(slug, title.trim(), {
          ...(category ? { categoryId: category } : {}),
          topologyPolicy: policy,
          ...max,
        });
      }
      await core.room.reloadTree();
    });
    if (!done) return;
    onClose();
    if (!room) void navigate(`/r/${slug}`);
  };
  const archive = async () => {
    if (!room) return;
    const done = await run(async () => {
      await core.admin.updateRoom(room.id, { archived: true });
      await core.room.reloadTree();
    });
    if (!done) return;
    onClose();
    void navigate("/");
  };

  if (archiving && room) {
    return (
      <Dialog
        open
        onClose={onClose}
        title={t("rooms.archiveSure", { room: room.title })}
        description={t("rooms.archiveAsk")}
      >
        {error && <ErrorNotice error={error} className="mb-4" />}
        <div className="flex justify-end gap-2">
          <Button kind="quiet" onClick={() => setArchiving(false)}>
            {t("action.cancel")}
          </Button>
          <Button kind="danger" busy={busy} onClick={() => void archive()}>
            {t("rooms.archive")}
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title={t(room ? "rooms.edit" : "rooms.newRoom")}>
      <form className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        <TitleEntry label={t("rooms.roomTitle")} error={error} value={title} onText={setTitle} />
        {!room && <SlugEntry error={error} value={slug} onText={setTypedSlug} />}
        {categories && categories.length > 0 && (
          <Field label={t("rooms.category")}>
            {(ids) => (
              <Select {...ids} value={category} onChange={(e) => setCategory(e.target.value)}>
                <option value="">{t("rooms.noCategory")}</option>
                {categories.map((c) => (
                  <option key={c.id} value={c.id}>
                    {c.title}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Field label={t("rooms.topology")}>
          {(ids) => (
            <Select
              {...ids}
              value={policy}
              onChange={(e) => setPolicy(e.target.value === "sfu" ? "sfu" : "auto")}
            >
              <option value="auto">{t("rooms.topologyAuto")}</option>
              <option value="sfu">{t("rooms.topologySfu")}</option>
            </Select>
          )}
        </Field>
        <Field label={t("rooms.limit")} error={fieldError(t, error, "maxParticipants")}>
          {(ids) => (
            <Input
              {...ids}
              type="number"
              inputMode="numeric"
              min={2}
              max={500}
              placeholder="500"
              value={limit}
              onChange={(e) => setLimit(e.target.value)}
            />
          )}
        </Field>
        {error && error.issues.length === 0 && <ErrorNotice error={error} />}
        <div className="flex items-center gap-2 pt-1">
          {room && (
            <Button
              kind="quiet"
              className="text-danger! hover:text-danger!"
              onClick={() => setArchiving(true)}
            >
              {t("rooms.archive")}
            </Button>
          )}
          <span className="flex-1" />
          <Button kind="quiet" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button kind="primary" type="submit" busy={busy}>
            {t(room ? "action.save" : "action.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
