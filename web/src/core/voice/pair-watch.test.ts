// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../platform";
import { Scope } from "../scope";
import { PairWatch } from "./pair-watch";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A pair whose packets come at given intervals, ms; null: not at all. */
function pair() {
  const it = { every: 20 as number | null, at: systemClock.now() };
  const dead: number[] = [];
  const scope = new Scope(systemClock);
  scope.every(10, () => {
    if (it.every !== null && systemClock.now() - it.at >= it.every) it.at = systemClock.now();
  });
  const pairs = () => [{ userId: "b", ageMs: systemClock.now() - it.at }];
  new PairWatch(scope, pairs, () => dead.push(systemClock.now()));
  return { it, dead, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

test("a pair that falls silent is dead within 600 ms, and is told of once", async () => {
  const { it, dead, pass } = pair();
  await pass(3_000);
  it.every = null;
  await pass(600);
  expect(dead).toHaveLength(1);
  await pass(10_000);
  expect(dead).toHaveLength(1);
});

test("one that pauses in silence, or hiccups, lives", async () => {
  const { it, dead, pass } = pair();
  await pass(3_000);
  it.every = 400;
  await pass(20_000);
  it.every = 20;
  await pass(3_000);
  it.every = null;
  await pass(300);
  it.every = 20;
  await pass(3_000);
  expect(dead).toEqual([]);
});
