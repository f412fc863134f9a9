import type { Call } from "./call";
import { type Figures, measured, SETTLE_MS } from "./measure";
import type { Scenario } from "./scenario";

export const OUTAGE_MS = 5_000;
/** For a new connection's buffer to find its size. */
const WARM_MS = 2_500;

export interface Roles {
  listener: string;
  talkers: string[];
}

const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));

/**
 * Puts a call through one scenario, and the network back in order after it.
 * Those whom it is about join anew: a jitter buffer that has seen a bad network
 * is large for a long time.
 */
export async function tried(
  call: Call,
  { listener, talkers }: Roles,
  s: Scenario,
  seconds: number,
): Promise<Figures> {
  const whose = s.direction === "down" ? listener : (talkers[0] as string);
  for (const name of new Set([listener, whose])) await call.rejoins(name);
  await sleep(WARM_MS);
  call.forget();
  await sleep(400); // a reading or two before
  const from = Date.now();
  await call.link.set(whose, s.direction, s.impairment);
  if (s.impairment.outage) {
    await sleep(OUTAGE_MS);
    await call.link.set(whose, s.direction, {});
  }
  await sleep(Math.max(0, from + 1000 * seconds + SETTLE_MS - Date.now()));
  const to = Date.now();
  const { delayMs = 0, jitterMs = 0 } = s.impairment;
  await sleep(500 + delayMs); // what is on its way is still heard
  const figures = measured({
    listener,
    traces: new Map([listener, ...talkers].map((name) => [name, call.traceOf(name)])),
    talkers: s.direction === "down" ? talkers : [whose],
    whose,
    direction: s.direction,
    from,
    to,
    // What an outage does is all that there is to see; so is what comes after it.
    steady: s.impairment.outage ? from : from + SETTLE_MS,
    delayMs: delayMs + jitterMs / 2,
  });
  await call.link.set(whose, s.direction, {});
  return figures;
}
