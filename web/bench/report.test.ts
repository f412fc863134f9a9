// @vitest-environment node
import { expect, test } from "vitest";
import type { Figures } from "./measure";
import { html, inWords, missed } from "./report";
import { described, named, scenarios } from "./scenario";
import { RATE, resampled } from "./speech";
import type { Switched } from "./switches";

const figures: Figures = {
  expectedS: 10,
  concealedPct: 0.4,
  silentPct: 0.2,
  bufferMs: 60,
  lostPct: 1,
  linkLostPct: 10,
  kbps: 60,
  queuePeakMs: 600,
  queueLaterMs: 50,
  sound: { Boris: { latencyMs: [90, 100, 110], gapMs: 30, silentMs: 60, doubledMs: 0, spokenMs: 9000 } },
  restarts: 0,
  heldUpMs: 210,
  load: 1,
  steps: [{ t: 1.5, who: "Anna", direction: "down", word: { layer: "low", reason: "loss > 5%" } }],
  points: [
    { t: 0.2, concealedPct: 1, bufferMs: 60, packets: 10, lost: 1, queueMs: 0, kbps: 60 },
    { t: 0.4, concealedPct: null, bufferMs: null, packets: 0, lost: 0, queueMs: 600, kbps: 60 },
  ],
};

const switched: Switched = {
  name: "switch-speakers",
  what: "Two take turns.",
  rows: [
    { of: "concealed ms", n: 20, p50: 3, p95: 6, max: 8.5, goal: 7 },
    { of: "silence ms", n: 20, p50: 0, p95: 0, max: 0, goal: 0 },
    { of: "buffer ms", n: 20, p50: 50, p95: 60, max: 60 },
  ],
  load: 1.5,
};

test("goals are reached or said to be missed", () => {
  expect(missed(undefined, figures)).toBeNull();
  expect(missed({ concealedPct: 1, queueLaterMs: 100 }, figures)).toEqual([]);
  expect(missed({ concealedPct: 0.5, queuePeakMs: 500 }, figures)).toHaveLength(2);
  expect(missed({ concealedPct: 1 }, { ...figures, expectedS: 0 })).toHaveLength(1);
});

test("the page has a row and plots of each, and says what servers say as it is", () => {
  const [scenario] = scenarios;
  if (!scenario) throw new Error("no scenario");
  const page = html({
    at: "today",
    commit: "abc",
    seconds: 20,
    results: [
      { scenario, ladder: "off", figures },
      { scenario, ladder: "on", figures },
    ],
    switches: [switched],
  });
  expect(page.match(/<svg /g)).toHaveLength(4);
  expect(page).toContain("loss &gt; 5%");
  expect(page).toContain("at most 7: missed");
  expect(page).toContain("at most 0: met");
  expect(page).not.toMatch(/NaN|undefined/);
});

test("what changes were heard of is said with the goals", () => {
  const words = inWords(switched).split("\n");
  expect(words).toHaveLength(4);
  expect(words[1]).toContain("max 8.5, goal 7: missed");
  expect(words[3]).toMatch(/max 60$/);
});

test("scenarios have names of their own and are chosen by parts of them", () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  expect(named(scenarios, "pair-down-loss-10,outage").map(({ name }) => name)).toEqual([
    "pair-down-loss-10",
    "pair-up-outage",
    "trio-down-outage",
  ]);
  expect(named(scenarios, "earthquake")).toEqual([]);
  expect(named(scenarios, "")).toBe(scenarios);
  for (const s of scenarios) expect(described(s)).not.toMatch(/undefined|^ on/);
});

test("a voice keeps its pitch and loudness at another rate", () => {
  const from = Float32Array.from({ length: 22_050 }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / 22_050));
  const to = resampled(from, 22_050);
  expect(to.length).toBe(RATE);
  for (let i = 1000; i < RATE - 1000; i += 97)
    expect(to[i]).toBeCloseTo(Math.sin((2 * Math.PI * 440 * i) / RATE), 2);
});
