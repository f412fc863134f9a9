import type { Message, TimelineItem } from "@/core/model";

/** One author's messages within this time stand under one name. */
const RUN_MS = 5 * 60_000;

/** A row of the timeline; every row has a key of its own that lasts. */
export type Row =
  | { kind: "start"; key: string }
  | { kind: "older"; key: string }
  | { kind: "newer"; key: string }
  | { kind: "day"; key: string; at: Date }
  | { kind: "unread"; key: string }
  | {
      kind: "message";
      key: string;
      item: TimelineItem;
      head: boolean;
      /** What a reply answers; undefined: not loaded, null: not there any more. */
      original: Message | null | undefined;
    };

/** What of a room is laid out. */
export interface Stretch {
  items: readonly TimelineItem[];
  hasMore: boolean;
  hasNewer: boolean;
  originals: Record<string, Message | null>;
  /** The unread line stands after this roomSeq; null: there is none. */
  seenSeq: number | null;
  selfId: string;
}

const keyOf = (item: TimelineItem) => item.key ?? item.id;

function dayOf(at: Date): string {
  return `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;
}

/**
 * Lays a timeline out: days parted, one author's run under one name, a line
 * before the first message after `seenSeq` that somebody else wrote.
 */
export function buildRows({ items, hasMore, hasNewer, originals, seenSeq, selfId }: Stretch): Row[] {
  const rows: Row[] = [hasMore ? { kind: "older", key: "older" } : { kind: "start", key: "start" }];
  const byId = new Map(items.map((item) => [item.id, item]));
  let lastDay = "";
  let before: TimelineItem | null = null;
  // Where the line's place is not loaded, there is none.
  let lineDrawn = seenSeq === null || (hasMore && seenSeq < (items[0]?.roomSeq ?? 0) - 1);
  for (const item of items) {
    const at = new Date(item.createdAt);
    const today = dayOf(at);
    let fresh = false;
    if (today !== lastDay) {
      rows.push({ kind: "day", key: `day-${today}`, at });
      lastDay = today;
      fresh = true;
    }
    if (
      !lineDrawn &&
      seenSeq !== null &&
      item.state === "sent" &&
      item.roomSeq > seenSeq &&
      item.userId !== selfId
    ) {
      rows.push({ kind: "unread", key: "unread" });
      lineDrawn = true;
      fresh = true;
    }
    const head: boolean =
      fresh ||
      before === null ||
      before.userId !== item.userId ||
      item.replyTo !== null ||
      at.getTime() - new Date(before.createdAt).getTime() > RUN_MS;
    rows.push({
      kind: "message",
      key: keyOf(item),
      item,
      head,
      original: item.replyTo ? (byId.get(item.replyTo) ?? originals[item.replyTo]) : null,
    });
    before = item;
  }
  if (hasNewer) rows.push({ kind: "newer", key: "newer" });
  return rows;
}
