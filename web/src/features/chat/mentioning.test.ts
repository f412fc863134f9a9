import { expect, test } from "vitest";
import { complete, mentioningAt, offers } from "./mentioning";

test("a mention is written after an @ that begins a word", () => {
  expect(mentioningAt("hi @an", 6)).toEqual({ at: 3, query: "an" });
  expect(mentioningAt("@", 1)).toEqual({ at: 0, query: "" });
  expect(mentioningAt("hi @ann m", 9)).toEqual({ at: 3, query: "ann m" });
  expect(mentioningAt("a@b", 3)).toBeNull();
  expect(mentioningAt("@ann\nnext", 9)).toBeNull();
  expect(mentioningAt("hi @an", 2)).toBeNull();
});

test("names that begin so come first, oneself never, a whole one is done", () => {
  const people = ["Marta Ann", "Ann", "Annika", "Борис"];
  expect(offers(people, "an", "Ann")).toEqual(["Annika", "Marta Ann"]);
  expect(offers(people, "бо", "Ann")).toEqual(["Борис"]);
  expect(offers(people, "борис", "Ann")).toEqual([]);
  expect(offers(people, "x", "Ann")).toEqual([]);
});

test("completing puts the name in place with one space after it", () => {
  expect(complete("hi @an", { at: 3, query: "an" }, "Ann")).toEqual({ text: "hi @Ann ", caret: 8 });
  expect(complete("hi @an there", { at: 3, query: "an" }, "Ann")).toEqual({
    text: "hi @Ann there",
    caret: 8,
  });
});
