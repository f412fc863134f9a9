import type { PresentUser, RoomsState } from "../model";
import type { RoomPresence, RoomPresenceChange } from "../wire";

type Presence = RoomsState["presence"];

/** The whole tree's presence, replacing what was known. */
export function allPresence(rooms: RoomPresence[] | null): Presence {
  return Object.fromEntries((rooms ?? []).map((room) => [room.roomSlug, entry(room)]));
}

/** One room's presence, replacing what was known of it. */
export function withRoom(presence: Presence, room: RoomPresence): Presence {
  return { ...presence, [room.roomSlug]: entry(room) };
}

/** What is different in a room; without `left` it is all who are there. */
export function withChange(presence: Presence, change: RoomPresenceChange): Presence {
  if (change.left === undefined) return withRoom(presence, change);
  const gone = new Set(change.left);
  const fresh = new Map((change.users ?? []).map((user) => [user.userId, user]));
  const users: PresentUser[] = [];
  for (const user of presence[change.roomSlug]?.users ?? []) {
    const now = fresh.get(user.userId);
    fresh.delete(user.userId);
    if (now) users.push(now);
    else if (!gone.has(user.userId)) users.push(user);
  }
  return withRoom(presence, { ...change, users: [...users, ...fresh.values()] });
}

/** A user has begun to view a room. Those who are known keep what is known of them. */
export function withJoined(presence: Presence, slug: string, userId: string, userName: string): Presence {
  const room = presence[slug] ?? { topology: "sfu" as const, users: [] };
  if (room.users.some((user) => user.userId === userId)) return presence;
  const user: PresentUser = {
    userId,
    userName,
    status: "online",
    inVoice: false,
    muted: false,
    deafened: false,
  };
  return { ...presence, [slug]: { ...room, users: [...room.users, user] } };
}

/** A user views a room no more. Who is in its voice stays in it. */
export function withLeft(presence: Presence, slug: string, userId: string): Presence {
  const room = presence[slug];
  if (!room?.users.some((user) => user.userId === userId && !user.inVoice)) return presence;
  return { ...presence, [slug]: { ...room, users: room.users.filter((user) => user.userId !== userId) } };
}

/** What a participant says of his microphone. */
export function withMicState(
  presence: Presence,
  slug: string,
  userId: string,
  mic: { muted: boolean; deafened: boolean },
): Presence {
  const room = presence[slug];
  const known = room?.users.find((user) => user.userId === userId);
  if (!room || !known || (known.muted === mic.muted && known.deafened === mic.deafened)) return presence;
  return {
    ...presence,
    [slug]: { ...room, users: room.users.map((user) => (user === known ? { ...user, ...mic } : user)) },
  };
}

function entry(room: RoomPresence): Presence[string] {
  return { topology: room.mediaTopology, users: room.users ?? [] };
}
