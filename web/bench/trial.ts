import type { Call } from "./call";
import { type Figures, measured, SETTLE_MS } from "./measure";
import type { Scenario } from "./scenario";

export const OUTAGE_MS = 5_000;
/** After a scenario, for buffers and steps to come back: at least, and at most while the server says they have not. */
const REST_MS = 2_500;
const REST_MOST_MS = 20_000;

export interface Roles {
  listener: string;
  talkers: string[];
}

const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));

/** Puts a call through one scenario, and the network back in order after it. */
export async function tried(
  call: Call,
  { listener, talkers }: Roles,
  s: Scenario,
  seconds: number,
): Promise<Figures> {
  const whose = s.direction === "down" ? listener : (talkers[0] as string);
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
  await rest(call, [listener, ...talkers]);
  return figures;
}

/** Waits until the server has taken back its steps. */
async function rest(call: Call, people: string[]): Promise<void> {
  const began = Date.now();
  await sleep(REST_MS);
  const recovers = (name: string) => {
    const words = call.traceOf(name).readings.flatMap((r) => r.heard);
    const last = words.findLast(({ type }) => type === "voice.quality")?.payload;
    const state = (last?.downlink as { state?: string } | undefined)?.state;
    return state !== undefined && state !== "good";
  };
  while (people.some(recovers) && Date.now() - began < REST_MOST_MS) await sleep(200);
}
