import type { Reaction, TimelineItem } from "../model";
import type { ChatDeleted, ChatEdited, ChatReacted } from "../wire";

/** What happens to a stored message. Applied twice it does no more than once. */
export type Change = (item: TimelineItem) => TimelineItem;

/** Our own changes that the server has not answered yet, shown as if it had. */
export class PendingChanges {
  private readonly pending = new Map<number, { id: string; apply: Change }>();
  private made = 0;

  /** Shows a change until the returned function is called. */
  add(id: string, apply: Change): () => void {
    const key = this.made++;
    this.pending.set(key, { id, apply });
    return () => this.pending.delete(key);
  }

  /** The items with what is pending. */
  over(items: TimelineItem[]): TimelineItem[] {
    if (this.pending.size === 0) return items;
    const shown = [...items];
    for (const { id, apply } of this.pending.values()) {
      const at = shown.findIndex((item) => item.id === id);
      const item = shown[at];
      if (item) shown[at] = { ...apply(item), changing: true };
    }
    return shown;
  }
}

export function edit(text: string, editedAt: string): Change {
  return (item) => (item.deletedAt || item.text === text ? item : { ...item, text, editedAt });
}

export function remove(at: string): Change {
  return (item) => (item.deletedAt ? item : { ...item, text: "", reactions: [], deletedAt: at });
}

/** Our own reaction put on or taken off. */
export function react(emoji: string, on: boolean): Change {
  return (item) => {
    const known = item.reactions.find((one) => one.emoji === emoji);
    if (item.deletedAt || (known?.mine ?? false) === on) return item;
    const count = (known?.count ?? 0) + (on ? 1 : -1);
    return { ...item, reactions: withCount(item.reactions, { emoji, count, mine: on }) };
  };
}

export function edited(event: ChatEdited): Change {
  return (item) =>
    item.deletedAt || (item.text === event.text && item.editedAt === event.editedAt)
      ? item
      : { ...item, text: event.text, editedAt: event.editedAt };
}

export function deleted(event: ChatDeleted): Change {
  return remove(event.ts);
}

export function reacted(event: ChatReacted, selfId: string | undefined): Change {
  const { emoji, count, on } = event;
  return (item) => {
    if (item.deletedAt) return item;
    const known = item.reactions.find((one) => one.emoji === emoji);
    const mine = event.userId === selfId ? on : (known?.mine ?? false);
    if (known?.count === count && known.mine === mine) return item;
    return { ...item, reactions: withCount(item.reactions, { emoji, count, mine }) };
  };
}

/** One emoji's reaction replaced in its place, or put last; nobody's is none. */
function withCount(reactions: Reaction[], reaction: Reaction): Reaction[] {
  const known = reactions.some((one) => one.emoji === reaction.emoji);
  const all = known
    ? reactions.map((one) => (one.emoji === reaction.emoji ? reaction : one))
    : [...reactions, reaction];
  return all.filter((one) => one.count > 0);
}
