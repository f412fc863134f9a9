import type { Http } from "./http";
import type { Category, Core, Invite, Room, User } from "./model";

const at = (path: string, id: string) => `${path}/${encodeURIComponent(id)}`;

/** Invites, as any member may make them. */
export function invites(http: Http): Core["invites"] {
  return {
    async create(maxUses, expiresAt) {
      return (await http.post<{ invite: Invite }>("/v1/invites", { maxUses, expiresAt })).invite;
    },
    async list() {
      return (await http.get<{ invites: Invite[] | null }>("/v1/invites")).invites ?? [];
    },
    async remove(code) {
      await http.delete(at("/v1/invites", code));
    },
  };
}

/** Rooms, categories and roles. `changed` is called after each change of the tree. */
export function administration(http: Http, changed: () => void): Core["admin"] {
  const afterChange = <T>(value: T): T => {
    changed();
    return value;
  };
  return {
    async createRoom(slug, title, options = {}) {
      const body = { slug, title, ...options, categoryId: options.categoryId ?? undefined };
      return afterChange((await http.post<{ room: Room }>("/v1/rooms", body)).room);
    },
    async updateRoom(id, change) {
      return afterChange((await http.patch<{ room: Room }>(at("/v1/rooms", id), change)).room);
    },
    async deleteRoom(id) {
      await http.delete(at("/v1/rooms", id));
      changed();
    },
    async archivedRooms() {
      const { rooms } = await http.get<{ rooms: Room[] | null }>("/v1/rooms?archived=true");
      const archived = (rooms ?? []).filter((room) => room.archivedAt !== null);
      return archived.sort((a, b) => String(b.archivedAt).localeCompare(String(a.archivedAt)));
    },
    async createCategory(slug, title) {
      const answer = await http.post<{ category: Category }>("/v1/room-categories", { slug, title });
      return afterChange(answer.category);
    },
    async updateCategory(id, change) {
      const answer = await http.patch<{ category: Category }>(at("/v1/room-categories", id), change);
      return afterChange(answer.category);
    },
    async deleteCategory(id) {
      await http.delete(at("/v1/room-categories", id));
      changed();
    },
    async users() {
      return (await http.get<{ users: User[] | null }>("/v1/admin/users")).users ?? [];
    },
    async promote(userId, role) {
      return (await http.post<{ user: User }>(`${at("/v1/admin/users", userId)}/promote`, { role })).user;
    },
  };
}
