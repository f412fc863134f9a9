import type { Core, Room, RoomTree } from "@/core/model";

/** The rooms among which a room stands: its category's, or those without one. */
export function siblingsOf(tree: RoomTree | null, room: Room): Room[] {
  if (!tree) return [];
  const category = tree.categories.find((one) => one.id === room.categoryId);
  return category ? category.channels : tree.uncategorized;
}

/** Moves a room one place up (-1) or down (1) among its own. */
export async function moveRoom(core: Core, room: Room, step: -1 | 1): Promise<void> {
  const order = [...siblingsOf(core.rooms.getState().tree, room)];
  const from = order.findIndex((one) => one.id === room.id);
  const to = from + step;
  const other = order[to];
  if (from < 0 || !other) return;
  order[to] = order[from] as Room;
  order[from] = other;
  // Only those whose place is another: usually two.
  for (const [position, one] of order.entries()) {
    if (one.position !== position) await core.admin.updateRoom(one.id, { position });
  }
  await core.room.reloadTree();
}
