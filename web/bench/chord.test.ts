// @vitest-environment node
import { expect, test } from "vitest";
import { AMPLITUDE, CHORD, judged, played, rowOf } from "./chord";
import type { Line, Reading } from "./probe";

const steady = (ms: number, gain = 1) =>
  Array.from({ length: ms / 2 }, () => CHORD.map(() => gain * AMPLITUDE));

/** Two copies at once, one so much later. */
const doubled = (ms: number, laterMs: number) =>
  Array.from({ length: ms / 2 }, () =>
    CHORD.map((hz) => 2 * AMPLITUDE * Math.abs(Math.cos((Math.PI * hz * laterMs) / 1000))),
  );

test("a steady chord is neither silent nor doubled, and silence has no level", () => {
  expect(judged(steady(1000))).toEqual({ silenceMs: 0, doubledMs: 0 });
  expect(judged(steady(1000, 0))).toBeNull();
});

test("the longest silence counts, to its end", () => {
  const gaps = [...steady(500), ...steady(14, 0), ...steady(300), ...steady(36, 0.05), ...steady(500)];
  expect(judged(gaps)?.silenceMs).toBe(36);
  expect(judged([...steady(500), ...steady(60, 0)])?.silenceMs).toBe(60);
});

test("a double is seen however far apart the copies are, and a bump is none", () => {
  for (let later = 0; later < 20; later += 0.05) {
    const heard = judged([...steady(500), ...doubled(60, later), ...steady(500)]);
    expect(heard?.doubledMs, `${later} ms apart`).toBe(60);
  }
  expect(judged([...steady(500), ...doubled(10, 0), ...steady(500)])?.doubledMs).toBe(0);
});

const line = (mid: string, concealedMs: number, silentMs: number, packets: number): Line => ({
  id: mid,
  mid,
  packets,
  bytes: 0,
  lost: 0,
  concealed: 48 * concealedMs,
  silent: 48 * silentMs,
  samples: 0,
  emitted: 960 * packets,
  delay: 960 * packets * 0.06,
});

function reading(at: number, inbound: Line[], slots?: Record<string, string | null>): Reading {
  const told = Object.entries(slots ?? {}).map(([mid, userId]) => ({ mid, userId }));
  const heard = [
    { at, type: "voice.joined", payload: { participants: [{ userId: "u1", userName: "Boris" }] } },
    { at, type: "voice.participant_joined", payload: { userId: "u2", userName: "Vera" } },
    ...(slots ? [{ at, type: "voice.slots", payload: { slots: told } }] : []),
  ];
  return { at, inbound, outbound: [], heard, levels: [], ufrags: [] };
}

test("what is made up counts in slots that are somebody's, silence and empty slots apart", () => {
  const readings = [
    reading(1000, [line("1", 100, 10, 0), line("2", 0, 0, 0)], { "1": "u1", "2": null }),
    reading(1200, [line("1", 100, 10, 10), line("2", 200, 0, 0)]),
    reading(1400, [line("1", 130, 20, 20), line("2", 400, 0, 0)], { "1": "u2", "2": null }),
    reading(1600, [line("1", 130, 20, 30), line("2", 600, 0, 0)]),
  ];
  expect(played(readings, 1100, 1500)).toEqual({
    concealedMs: expect.closeTo(20),
    bufferMs: expect.closeTo(60),
    who: ["Vera"],
  });
  expect(played(readings, 1300, 1500)?.concealedMs).toBeCloseTo(10); // half of the reading
  expect(played(readings, 900, 1500)).toBeNull();
  expect(played(readings, 1100, 1700)).toBeNull();
  readings[2]?.heard.push({
    at: 1450,
    type: "voice.slots",
    payload: { slots: [{ mid: "1", userId: null }] },
  });
  expect(played(readings, 1100, 1500)).toBeNull();
});

test("percentiles are values that there were", () => {
  const values = [null, ...Array.from({ length: 20 }, (_, i) => 20 - i), undefined];
  expect(rowOf("ms", values, 7)).toEqual({ of: "ms", n: 20, p50: 10, p95: 19, max: 20, goal: 7 });
  expect(rowOf("ms", [])).toMatchObject({ n: 0, max: 0 });
});
