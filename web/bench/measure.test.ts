// @vitest-environment node
import { expect, test } from "vitest";
import type { Trace } from "./call";
import type { LinkFigures } from "./link";
import { measured } from "./measure";
import type { Line, Reading } from "./probe";

const line = (some: Partial<Line>): Line => ({
  id: "1",
  mid: "1",
  packets: 0,
  bytes: 0,
  lost: 0,
  concealed: 0,
  silent: 0,
  samples: 0,
  emitted: 0,
  delay: 0,
  ...some,
});
const reading = (at: number, some: Partial<Reading>): Reading => ({
  at,
  inbound: [],
  outbound: [],
  heard: [],
  levels: [],
  ufrags: [],
  ...some,
});
const idle: LinkFigures = { packets: 0, bytes: 0, lost: 0, full: 0, queueMs: 0, queuePeakMs: 0 };

/** Boris talks for the first half of each second and is silent for the other; Anna hears him in one of two slots. */
function traces(): Map<string, Trace> {
  const anna: Trace = { readings: [], link: [] };
  const boris: Trace = { readings: [], link: [] };
  let sent = 0;
  let concealed = 0;
  let empty = 0;
  for (let at = 0; at <= 10_000; at += 100) {
    const talks = at % 1000 > 0 && at % 1000 <= 500;
    if (talks) sent += 5;
    if (talks)
      concealed += 48; // 1% of the 4800 samples
    else concealed += 2400; // comfort noise between his words, which nobody lost
    empty += 4800;
    boris.readings.push(reading(at, { outbound: [line({ packets: sent })] }));
    const shared = { samples: 48 * at, emitted: 48 * at, delay: (48 * at * 60) / 1000 };
    const inbound = [
      line({ ...shared, packets: sent, concealed }),
      line({ ...shared, id: "2", mid: "2", concealed: empty }),
    ];
    anna.readings.push(reading(at, { inbound }));
    const down = {
      ...idle,
      packets: at / 20,
      bytes: at * 5,
      lost: at / 200,
      queuePeakMs: at > 5000 && at < 6000 ? 420 : 7,
    };
    anna.link.push({ at, up: idle, down });
  }
  const told = (type: string, payload: Record<string, unknown>, at = -1) => ({ at, type, payload });
  const word = (layer: string, lossPct: number) => ({
    downlink: { layer, lossPct, estimateBps: 0 },
    uplink: {},
  });
  anna.readings[0]?.heard.push(
    told("voice.joined", { participants: [{ userId: "b", userName: "Boris" }] }),
    told("voice.slots", {
      slots: [
        { slot: 0, mid: "1", userId: "b" },
        { slot: 1, mid: "2", userId: null },
      ],
    }),
    told("voice.quality", word("high", 0)),
    told("voice.quality", word("low", 10), 6000),
    told("voice.quality", word("low", 12), 7000),
  );
  return new Map([
    ["Anna", anna],
    ["Boris", boris],
  ]);
}

const bench = {
  listener: "Anna",
  talkers: ["Boris"],
  whose: "Anna",
  direction: "down" as const,
  from: 5000,
  steady: 5000,
  to: 10_000,
  delayMs: 0,
};

test("only what was due counts as concealed", () => {
  const figures = measured({ ...bench, traces: traces() });
  expect(figures.concealedPct).toBeCloseTo(1, 5);
  expect(figures.silentPct).toBe(0);
  // Half of the time, less a buffer's length at each beginning.
  expect(figures.expectedS).toBeCloseTo(2, 5);
  expect(figures.bufferMs).toBe(60);
});

test("the link's figures are of the time in question", () => {
  const figures = measured({ ...bench, traces: traces() });
  expect(figures.linkLostPct).toBeCloseTo(10, 5);
  expect(figures.kbps).toBeCloseTo(40, 5);
  expect(figures.queuePeakMs).toBe(420);
  expect(figures.queueLaterMs).toBe(7);
});

test("a step is something else to do, not another figure", () => {
  const { steps } = measured({ ...bench, traces: traces() });
  expect(steps).toEqual([
    { t: 1, who: "Anna", direction: "down", word: { layer: "low", lossPct: 10, estimateBps: 0 } },
  ]);
});

test("who was not read is missed", () => {
  expect(() => measured({ ...bench, whose: "Vera", traces: traces() })).toThrow("Vera");
});
