import { expect, test } from "vitest";
import { mockMessage, mockUser } from "@/dev/mockCore";
import { buildRows } from "./rows";

const whole = { hasMore: false, hasNewer: false, originals: {}, seenSeq: null, selfId: "me" };

const ann = mockUser("a", "Ann");
const bob = mockUser("b", "Bob");
const at = (minute: number, day = 10) => new Date(2026, 10, day, 12, minute).toISOString();

test("a run of one author within five minutes has one head", () => {
  const items = [
    mockMessage("r", 1, ann, "one", at(0)),
    mockMessage("r", 2, ann, "two", at(4)),
    mockMessage("r", 3, ann, "three", at(10)),
    mockMessage("r", 4, bob, "four", at(10)),
  ];
  const heads = buildRows({ ...whole, items }).flatMap((row) => (row.kind === "message" ? [row.head] : []));
  expect(heads).toEqual([true, false, true, true]);
});

test("days are parted and the unread line stands once, before another's message", () => {
  const items = [
    mockMessage("r", 1, ann, "old", at(0)),
    mockMessage("r", 2, bob, "own", at(1, 11)),
    mockMessage("r", 3, ann, "new", at(2, 11)),
    mockMessage("r", 4, ann, "newer", at(3, 11)),
  ];
  expect(
    buildRows({ ...whole, items, hasMore: true, seenSeq: 1, selfId: "b" }).map((row) => row.kind),
  ).toEqual(["older", "day", "message", "day", "message", "unread", "message", "message"]);
});

test("where the line's place is not loaded there is none", () => {
  const items = [mockMessage("r", 8, ann, "new", at(0)), mockMessage("r", 9, ann, "newer", at(1))];
  const kinds = buildRows({ ...whole, items, hasMore: true, hasNewer: true, seenSeq: 3 }).map((r) => r.kind);
  expect(kinds).toEqual(["older", "day", "message", "message", "newer"]);
});

test("a reply has its original from the room or from what was fetched for it", () => {
  const here = mockMessage("r", 8, ann, "asked", at(0));
  const far = mockMessage("r", 1, ann, "long ago", at(0, 9));
  const replies = [here.id, far.id, "gone", "unknown"].map((replyTo, i) => ({
    ...mockMessage("r", 9 + i, bob, "said", at(1)),
    replyTo,
  }));
  const rows = buildRows({ ...whole, items: [here, ...replies], originals: { [far.id]: far, gone: null } });
  expect(rows.flatMap((row) => (row.kind === "message" ? [row.original] : []))).toEqual([
    null,
    here,
    far,
    null,
    undefined,
  ]);
});
