import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Role, User } from "@/core/model";
import { useRole } from "@/features/account";
import { day } from "@/i18n/dates";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { Input, Select } from "@/ui/Field";
import { ErrorNotice } from "@/ui/Notice";
import { asCoreError } from "@/ui/useAction";

const GIVEN: Role[] = ["admin", "moderator", "member"];

/** Everybody on the server; the owner gives roles. */
export function UsersSection() {
  const core = useCore();
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const owner = useRole("owner");
  const selfId = useCoreState("account", (a) => a.user?.id);
  const [query, setQuery] = useState("");
  const [said, setSaid] = useState("");
  const users = useQuery({ queryKey: ["users"], queryFn: () => core.admin.users() });
  const promote = useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) => core.admin.promote(id, role),
    onSuccess: (changed) => {
      client.setQueryData<User[]>(["users"], (list) =>
        list?.map((user) => (user.id === changed.id ? changed : user)),
      );
      setSaid(t("settings.roleSaved", { name: changed.name, role: t(`roles.${changed.role}`) }));
    },
  });
  const error = promote.error ?? users.error;
  const wanted = query.trim().toLocaleLowerCase();
  const shown = users.data?.filter((user) => user.name.toLocaleLowerCase().includes(wanted));
  return (
    <div>
      <p className="mb-3 text-soft">{t(owner ? "settings.usersTextOwner" : "settings.usersText")}</p>
      <div className="relative mb-3">
        <Search size={16} aria-hidden className="absolute top-1/2 left-3 -translate-y-1/2 text-faint" />
        <Input
          type="search"
          value={query}
          onChange={(e) => setQuery(e.target.value)}
          aria-label={t("settings.search")}
          placeholder={t("settings.search")}
          className="pl-9"
        />
      </div>
      <p className="sr-only" role="status">
        {said}
      </p>
      {error && (
        <ErrorNotice error={asCoreError(error)} className="mb-3">
          <Button size="sm" onClick={() => void users.refetch()}>
            {t("action.retry")}
          </Button>
        </ErrorNotice>
      )}
      {users.isPending && (
        <div className="skeleton h-14 rounded-lg" role="status" aria-label={t("app.loading")} />
      )}
      {shown?.length === 0 && <p className="py-3 text-faint">{t("settings.nobodyFound")}</p>}
      <ul className="divide-y divide-line">
        {shown?.map((user) => (
          <li key={user.id} className="flex min-h-14 items-center gap-3 py-2">
            <Avatar id={user.id} name={user.name} />
            <div className="min-w-0 flex-1">
              <p className="truncate">
                {user.name}
                {user.id === selfId && <span className="text-faint"> · {t("members.you")}</span>}
              </p>
              <p className="truncate text-faint text-sm">
                {t("settings.memberSince", { date: day(i18n.language, new Date(user.createdAt)) })}
              </p>
            </div>
            {owner && user.role !== "owner" && user.role !== "guest" && user.id !== selfId ? (
              <Select
                aria-label={t("settings.roleOf", { name: user.name })}
                value={user.role}
                disabled={promote.isPending}
                onChange={(e) => promote.mutate({ id: user.id, role: e.target.value as Role })}
                className="w-44"
              >
                {GIVEN.map((role) => (
                  <option key={role} value={role}>
                    {t(`roles.${role}`)}
                  </option>
                ))}
              </Select>
            ) : (
              <span className="text-soft text-sm">{t(`roles.${user.role}`)}</span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
