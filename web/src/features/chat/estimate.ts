import type { Row } from "./rows";

/** Heights that index.css and MessageRow give, px: near enough that little moves when a row is measured. */
const LINE = 22;
const PADDING = 4;
const HEAD = LINE + 14;
const QUOTE = 20;
const REACTIONS = 31;
const DELIVERY = 18;
const OTHERS = { start: 120, older: 44, newer: 44, day: 40, unread: 28 };
/** The widest that a text gets, and what stands beside it. */
const WIDEST = 660;
const BESIDE = 96;
/** A letter's width on average. */
const LETTER = 7.6;

/** How high a row will be in a list so wide, before it is measured. */
export function estimate(row: Row | undefined, width: number): number {
  if (!row) return LINE;
  if (row.kind !== "message") return OTHERS[row.kind];
  const { item, head } = row;
  const letters = Math.max(10, Math.min(WIDEST, width - BESIDE) / LETTER);
  let lines = 0;
  for (const line of item.text.split("\n")) lines += Math.max(1, Math.ceil(line.length / letters));
  return (
    (item.deletedAt ? 1 : lines) * LINE +
    PADDING +
    (head ? HEAD : 0) +
    (item.replyTo ? QUOTE : 0) +
    (item.reactions.length > 0 ? REACTIONS : 0) +
    (item.state === "sent" ? 0 : DELIVERY)
  );
}
