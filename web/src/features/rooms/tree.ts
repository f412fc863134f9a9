import type { Room, RoomTree } from "@/core/model";

/** All rooms of a tree in the order in which they are shown. */
export function roomsOf(tree: RoomTree | null): Room[] {
  if (!tree) return [];
  return [...tree.uncategorized, ...tree.categories.flatMap((category) => category.channels)];
}

export function findRoom(tree: RoomTree | null, slug: string | null | undefined): Room | undefined {
  return slug ? roomsOf(tree).find((room) => room.slug === slug) : undefined;
}

const LAST = "boltorezka.lastRoom";

/** The room to open at first: the one seen last if it still is there. */
export function homeRoom(tree: RoomTree | null): Room | undefined {
  let last: string | null = null;
  try {
    last = localStorage.getItem(LAST);
  } catch {
    // storage may be forbidden: then the first room it is
  }
  return findRoom(tree, last) ?? roomsOf(tree)[0];
}

export function rememberRoom(slug: string): void {
  try {
    localStorage.setItem(LAST, slug);
  } catch {
    // as above
  }
}

/** A slug made of a title: what the contract allows of it. */
export function slugOf(title: string): string {
  const latin: Record<string, string> = Object.fromEntries(
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=h ц=ts ч=ch ш=sh щ=sch ъ= ы=y ь= э=e ю=yu я=ya"
      .split(" ")
      .map((pair) => pair.split("=") as [string, string]),
  );
  return [...title.toLowerCase().normalize("NFC")]
    .map((c) => latin[c] ?? c)
    .join("")
    .normalize("NFD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 48);
}

/** What the contract accepts as a slug; a pattern attribute is read as with the flag v. */
export const SLUG = /^(?:[a-z0-9]|-){3,48}$/;
