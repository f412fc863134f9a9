import type { Category, Core, Room, RoomTree } from "@/core/model";

/** The rooms among which a room stands: its category's, or those without one. */
export function siblingsOf(tree: RoomTree | null, room: Room): Room[] {
  if (!tree) return [];
  const category = tree.categories.find((one) => one.id === room.categoryId);
  return category ? category.channels : tree.uncategorized;
}

/** Moves one of a list a place up (-1) or down (1): gives those their position whose place is another, usually two. */
async function move<T extends { id: string; position: number }>(
  list: readonly T[],
  id: string,
  step: -1 | 1,
  put: (id: string, position: number) => Promise<unknown>,
): Promise<void> {
  const order = [...list];
  const from = order.findIndex((one) => one.id === id);
  const other = order[from + step];
  if (from < 0 || !other) return;
  order[from + step] = order[from] as T;
  order[from] = other;
  for (const [position, one] of order.entries()) {
    if (one.position !== position) await put(one.id, position);
  }
}

/** Moves a room among its own. */
export async function moveRoom(core: Core, room: Room, step: -1 | 1): Promise<void> {
  const siblings = siblingsOf(core.rooms.getState().tree, room);
  await move(siblings, room.id, step, (id, position) => core.admin.updateRoom(id, { position }));
  await core.room.reloadTree();
}

/** Moves a category, with its rooms. */
export async function moveCategory(core: Core, category: Category, step: -1 | 1): Promise<void> {
  const categories = core.rooms.getState().tree?.categories ?? [];
  await move(categories, category.id, step, (id, position) => core.admin.updateCategory(id, { position }));
  await core.room.reloadTree();
}
