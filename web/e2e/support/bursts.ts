import { readFileSync, writeFileSync } from "node:fs";
import { writeTone } from "./tone";

/** Writes a WAV of a tone that is on for a second and off for a second, over and over. */
export function writeBursts(path: string, hz: number, seconds = 10): void {
  writeTone(path, hz, seconds);
  const file = readFileSync(path);
  const header = 44;
  const second = (file.length - header) / seconds;
  for (let s = 1; s < seconds; s += 2) file.fill(0, header + s * second, header + (s + 1) * second);
  writeFileSync(path, file);
}

/** A moment of a listener's page. */
export interface Sample {
  /** ms, performance.now() of the page. */
  at: number;
  /** How many blocks the ear had measured. */
  blocks: number;
  /** Whether the ring was lit. */
  lit: boolean;
}

/** When something was on, ms. */
export interface Stretch {
  from: number;
  to: number;
}

/**
 * When each of the ear's blocks was played, on the clock of the samples. Blocks
 * are told of late, never early, so the earliest telling of the second around
 * a block is the best; not of all time, because a busy machine plays with gaps.
 */
export function clockOf(samples: Sample[], blockMs: number): (block: number) => number {
  const seen = samples[0]?.blocks ?? 0;
  const told = samples.filter((s, i) => s.blocks > (samples[i - 1]?.blocks ?? seen));
  return (block) => {
    const near = told.filter((s) => s.blocks >= block && s.blocks < block + 1000 / blockMs);
    const from = near.length > 0 ? near : told.slice(-1);
    return Math.min(...from.map((s) => s.at - s.blocks * blockMs)) + block * blockMs;
  };
}

/** The whole stretches for which a series was on; those cut off by its ends are left out. */
export function stretches(series: { at: number; on: boolean }[]): Stretch[] {
  const found: Stretch[] = [];
  let from: number | null = null;
  series.forEach(({ at, on }, i) => {
    if (on && i > 0 && !series[i - 1]?.on) from = at;
    if (!on && from !== null) {
      found.push({ from, to: at });
      from = null;
    }
  });
  return found;
}

/** Joins stretches with less than `gapMs` between them and leaves out those shorter than that. */
export function joined(parts: Stretch[], gapMs: number): Stretch[] {
  const whole: Stretch[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    if (last && part.from - last.to < gapMs) last.to = part.to;
    else whole.push({ ...part });
  }
  return whole.filter((s) => s.to - s.from >= gapMs);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
