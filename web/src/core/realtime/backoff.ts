const BASE_MS = 400;
const CAP_MS = 15_000;

/**
 * How long to wait before attempt `attempt` (1 is the first after a loss):
 * doubling from 0.4 s to 15 s, half of it random, so that the clients of a
 * server that restarts do not all come at once. `capMs` shortens the longest wait.
 */
export function backoffMs(attempt: number, random: () => number, capMs = CAP_MS): number {
  const ceiling = Math.min(capMs, BASE_MS * 2 ** Math.max(0, attempt - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}
