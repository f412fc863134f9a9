const BASE_MS = 400;
const CAP_MS = 15_000;
const SPREAD_MS = 300;
const SPREAD_CAP_MS = 4_000;

/**
 * How long to wait before attempt `attempt` (1 is the first after a loss):
 * doubling from 0.4 s to 15 s, half of it random, so that the clients of a
 * server that restarts do not all come at once. `capMs` shortens the longest wait.
 */
export function backoffMs(attempt: number, random: () => number, capMs = CAP_MS): number {
  const ceiling = Math.min(capMs, BASE_MS * 2 ** Math.max(0, attempt - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/**
 * How long to wait before another socket takes the place of one that is taken
 * for dead, after `tries` that did not last: what looks so to one client looks
 * so to all of them when it is the server that stands still. All of it random,
 * from nothing to 0.3 s at first, doubling to 4 s.
 */
export function spreadMs(tries: number, random: () => number): number {
  return Math.round(Math.min(SPREAD_CAP_MS, SPREAD_MS * 2 ** Math.max(0, tries)) * random());
}
