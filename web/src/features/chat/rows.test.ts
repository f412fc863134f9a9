import { expect, test } from "vitest";
import { mockMessage, mockUser } from "@/dev/mockCore";
import { buildRows } from "./rows";

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
  const heads = buildRows(items, false, null, "me").flatMap((row) =>
    row.kind === "message" ? [row.head] : [],
  );
  expect(heads).toEqual([true, false, true, true]);
});

test("days are parted and the unread line stands once, before another's message", () => {
  const items = [
    mockMessage("r", 1, ann, "old", at(0)),
    mockMessage("r", 2, bob, "own", at(1, 11)),
    mockMessage("r", 3, ann, "new", at(2, 11)),
    mockMessage("r", 4, ann, "newer", at(3, 11)),
  ];
  expect(buildRows(items, true, 1, "b").map((row) => row.kind)).toEqual([
    "older",
    "day",
    "message",
    "day",
    "message",
    "unread",
    "message",
    "message",
  ]);
});
