import { BLOCKS } from "../support/ear";
import { AUDIBLE, type Person } from "../support/person";

/** Somebody, and the tone that he should hear. */
export interface Hearing {
  who: Person;
  tone: number;
}

/** A shorter silence is a busy machine's, or a change of paths. */
const SILENCE_MS = 150;
/** How long a tone is heard without a break when it is back. */
const STAYS_MS = 600;

interface Patience {
  /** Sound that is there before this was never away, or falls silent yet. */
  atLeastMs?: number;
  withinMs?: number;
  /** Counts from the end of what is done, not from its beginning. */
  fromEnd?: boolean;
}

/** What became of one hearing: ms until the sound was back, 0: it was never away; and the longest silence in it. */
export interface Healed {
  backMs: number;
  gapMs: number;
}

/** Does something to the network and waits until everybody hears what he should, for good. */
export async function heals(
  hearings: Hearing[],
  fault: () => unknown,
  { atLeastMs = 2_500, withinMs = 45_000, fromEnd = false }: Patience = {},
): Promise<Healed[]> {
  const marks = () => Promise.all(hearings.map(({ who }) => who.now()));
  let starts = await marks();
  let began = Date.now();
  await fault();
  if (fromEnd) {
    starts = await marks();
    began = Date.now();
  }
  for (;;) {
    await new Promise((r) => setTimeout(r, 150));
    const read = await Promise.all(
      hearings.map(async ({ who, tone }, i) => silences(await who.played(tone, starts[i] as number))),
    );
    const age = Date.now() - began;
    if (age >= atLeastMs && read.every(({ forMs }) => forMs >= STAYS_MS))
      return read.map(({ backMs, gapMs }) => ({ backMs, gapMs }));
    if (age > withinMs) {
      const still = hearings.filter((_, i) => (read[i]?.forMs ?? 0) < STAYS_MS);
      const who = still.map(({ who, tone }) => `${who.name} tone ${tone}`);
      throw new Error(`not heard ${withinMs} ms after: ${who.join(", ")}`);
    }
  }
}

/** When the last silence ended, the longest one, and for how long the tone has been heard since. */
export function silences(levels: number[]): Healed & { forMs: number } {
  const ms = 1000 / BLOCKS;
  let run = 0;
  let gap = 0;
  let back = 0;
  for (const [i, level] of levels.entries()) {
    run = level > AUDIBLE ? 0 : run + 1;
    gap = Math.max(gap, run);
    if (run * ms >= SILENCE_MS) back = i + 1;
  }
  return {
    backMs: back * ms,
    gapMs: gap * ms,
    forMs: run * ms >= SILENCE_MS ? 0 : (levels.length - back) * ms,
  };
}

/** The level that a tone is usually heard at, over the last second. */
export async function loudness({ who, tone }: Hearing): Promise<number> {
  const end = await who.now();
  return median(await who.played(tone, Math.max(0, end - BLOCKS), end));
}

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that this share of all is not above. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
