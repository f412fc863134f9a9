import type { Role } from "@/core/model";
import { useCoreState } from "@/ui/core";

const RANK: Record<Role, number> = { owner: 5, admin: 4, moderator: 3, member: 2, guest: 1 };

/** Whether the signed-in user has at least this role. */
export function useRole(least: Role): boolean {
  return useCoreState("account", (a) => (a.user ? RANK[a.user.role] >= RANK[least] : false));
}
