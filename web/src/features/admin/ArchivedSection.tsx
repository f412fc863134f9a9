import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { useTranslation } from "react-i18next";
import { day } from "@/i18n/dates";
import { Button } from "@/ui/Button";
import { useCore } from "@/ui/core";
import { ErrorNotice } from "@/ui/Notice";
import { asCoreError } from "@/ui/useAction";

/** Rooms that were archived, and the way back for each. */
export function ArchivedSection() {
  const core = useCore();
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const rooms = useQuery({
    queryKey: ["archived"],
    queryFn: () => core.admin.archivedRooms(),
    refetchOnMount: "always",
  });
  const restore = useMutation({
    mutationFn: (id: string) => core.admin.updateRoom(id, { archived: false }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["archived"] }),
  });
  const error = restore.error ?? rooms.error;
  return (
    <div>
      <p className="mb-3 text-soft">{t("rooms.archivedText")}</p>
      {error && (
        <ErrorNotice error={asCoreError(error)} className="mb-3">
          <Button size="sm" onClick={() => void rooms.refetch()}>
            {t("action.retry")}
          </Button>
        </ErrorNotice>
      )}
      {rooms.isPending && (
        <div className="skeleton h-14 rounded-lg" role="status" aria-label={t("app.loading")} />
      )}
      {rooms.data?.length === 0 && <p className="text-faint">{t("rooms.archivedNone")}</p>}
      <ul className="divide-y divide-line">
        {rooms.data?.map((room) => (
          <li key={room.id} className="flex min-h-14 items-center gap-4 py-2">
            <Archive size={19} aria-hidden className="shrink-0 text-soft" />
            <div className="min-w-0 flex-1">
              <p className="truncate">{room.title}</p>
              <p className="truncate text-faint text-sm">
                {room.slug} ·{" "}
                {t("rooms.archivedAt", { when: day(i18n.language, new Date(room.archivedAt ?? 0)) })}
              </p>
            </div>
            <Button
              size="sm"
              busy={restore.isPending && restore.variables === room.id}
              aria-label={t("rooms.restoreName", { room: room.title })}
              onClick={() => restore.mutate(room.id)}
            >
              {t("rooms.restore")}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
