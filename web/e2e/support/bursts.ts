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
 * When the ear's block 0 was played on the clock of the samples: blocks are
 * told of late, never early, so the earliest telling is the best.
 */
export function clockOf(samples: Sample[], blockMs: number): number {
  const seen = samples[0]?.blocks ?? 0;
  return Math.min(...samples.filter((s) => s.blocks > seen).map((s) => s.at - s.blocks * blockMs));
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
