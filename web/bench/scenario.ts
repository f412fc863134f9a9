import type { Direction, Impairment } from "./link";

/** One condition of the network of one person. */
export interface Scenario {
  name: string;
  /** Who has it: the listener on the downlink, or the first talker on the uplink. */
  direction: Direction;
  impairment: Impairment;
  /** "pair": one listens and one talks; "trio": two talk; "firefox": the listener is at a Firefox. */
  people: "pair" | "trio" | "firefox";
  /** What the voice engine is held to with the ladder on. */
  goal?: Goal;
}

export interface Goal {
  /** Concealed share of the expected audio, %. */
  concealedPct?: number;
  /** The queue's peak, ms, and its longest from 2 s on. */
  queuePeakMs?: number;
  queueLaterMs?: number;
}

const pct = (share: number) => `${Math.round(share * 1000) / 10}%`;

function losses(direction: Direction, people: Scenario["people"], shares: number[]): Scenario[] {
  const goals: Record<number, Goal> = { 0.1: { concealedPct: 0.5 }, 0.2: { concealedPct: 1 } };
  return shares.map((loss) => ({
    name: `${people}-${direction}-loss-${Math.round(loss * 100)}`,
    direction,
    people,
    impairment: { loss },
    goal: direction === "down" ? goals[loss] : undefined,
  }));
}

function bursts(direction: Direction, people: Scenario["people"], runs: [number, number][]): Scenario[] {
  return runs.map(([loss, burst]) => ({
    name: `${people}-${direction}-burst-${Math.round(loss * 1000) / 10}x${burst}`,
    direction,
    people,
    impairment: { loss, burst },
    goal: direction === "down" && loss === 0.075 ? { concealedPct: 1.5 } : undefined,
  }));
}

function rest(direction: Direction, people: Scenario["people"]): Scenario[] {
  const of = (name: string, impairment: Impairment, goal?: Goal): Scenario => ({
    name: `${people}-${direction}-${name}`,
    direction,
    people,
    impairment,
    goal,
  });
  return [
    ...[20, 40, 80].map((rateKbps) =>
      of(
        `rate-${rateKbps}`,
        { rateKbps, queueMs: 2000 },
        direction === "down" && rateKbps === 40 ? { queuePeakMs: 500, queueLaterMs: 100 } : undefined,
      ),
    ),
    ...[20, 100, 300].map((delayMs) =>
      of(`delay-${delayMs}`, { delayMs, jitterMs: delayMs / 4, reorder: delayMs === 100 }),
    ),
    of("outage", { outage: true }),
  ];
}

const RUNS: [number, number][] = [
  [0.075, 2.5],
  [0.15, 4],
];

/** Those of a pair first: the third comes in later, and stays. */
export const scenarios: Scenario[] = [
  ...losses("down", "pair", [0, 0.1, 0.2]),
  ...bursts("down", "pair", RUNS.slice(0, 1)),
  ...losses("up", "pair", [0.05, 0.1, 0.2, 0.3]),
  ...bursts("up", "pair", RUNS),
  ...rest("up", "pair"),
  ...losses("down", "trio", [0, 0.05, 0.1, 0.2, 0.3]),
  ...bursts("down", "trio", RUNS),
  ...rest("down", "trio"),
  ...losses("down", "firefox", [0, 0.1, 0.2]),
  ...bursts("down", "firefox", RUNS.slice(0, 1)),
];

/** Those whose name has one of the parts (with commas between them); all when there are no parts. */
export function named<T extends { name: string }>(all: T[], parts: string | undefined): T[] {
  const wanted = (parts ?? "").split(",").filter((part) => part !== "");
  return wanted.length === 0 ? all : all.filter(({ name }) => wanted.some((part) => name.includes(part)));
}

/** In words. */
export function described({ direction, impairment: i }: Scenario): string {
  const words: string[] = [];
  if (i.outage) words.push("an outage of 5 s");
  if (i.loss !== undefined)
    words.push(i.burst ? `${pct(i.loss)} lost in runs of ${i.burst}` : `${pct(i.loss)} lost`);
  if (i.rateKbps) words.push(`${i.rateKbps} kbit/s`);
  if (i.delayMs)
    words.push(`${i.delayMs} ms and up to ${i.jitterMs} more${i.reorder ? ", out of order" : ""}`);
  return `${words.join(", ")} on the ${direction === "down" ? "listener's downlink" : "talker's uplink"}`;
}
