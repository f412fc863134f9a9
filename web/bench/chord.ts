import { writeFileSync } from "node:fs";
import { WAV_HEADER, wav } from "../e2e/support/wav";
import type { Line, Reading } from "./probe";
import { occupancies } from "./slots";
import { RATE } from "./speech";

/**
 * A steady sound whose double is always seen: of two copies of it, however far
 * apart, one tone at least is more than 3 dB louder than it was alone.
 */
export const CHORD = [500, 1000, 1500, 2000] as const;
/** Of each tone. */
export const AMPLITUDE = 0.06;
/** Of a listener's ear, a second: the shortest with whole periods of all tones. */
export const BLOCKS = 500;
const BLOCK_MS = 1000 / BLOCKS;

/** Below this share of its usual level a tone is not heard. */
const SILENT = 1 / 8;
const LOUDER = Math.SQRT2;
/** What is louder for no longer than this is no double. */
const DOUBLE_MS = 10;
const SAMPLES_A_MS = RATE / 1000;

/** Writes the chord into a WAV file that loops without a seam. */
export function writeChord(path: string, seconds = 10): void {
  const file = wav(RATE * seconds, RATE);
  for (let i = 0; i < RATE * seconds; i++) {
    // Phases apart, so that the peak is low.
    const x = CHORD.reduce((sum, hz, k) => sum + Math.sin((2 * Math.PI * hz * i) / RATE + k * k), 0);
    file.writeInt16LE(Math.round(32_767 * AMPLITUDE * x), WAV_HEADER + i * 2);
  }
  writeFileSync(path, file);
}

/** What was heard of the chord. */
export interface Heard {
  /** The longest stretch without any of its tones. */
  silenceMs: number;
  /** How long one of its tones was more than 3 dB over its usual level, short bumps left out. */
  doubledMs: number;
}

/** Judges a listener's blocks, the amplitudes of each tone; null: there was no chord in them. */
export function judged(blocks: number[][]): Heard | null {
  const usual = CHORD.map((_, k) => {
    const sorted = blocks.map((tones) => tones[k] ?? 0).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  });
  if (usual.some((x) => x < AMPLITUDE / 20)) return null;
  const heard: Heard = { silenceMs: 0, doubledMs: 0 };
  let [silent, louder] = [0, 0];
  for (const tones of [...blocks, []]) {
    silent = tones.length > 0 && usual.every((x, k) => (tones[k] ?? 0) < x * SILENT) ? silent + BLOCK_MS : 0;
    heard.silenceMs = Math.max(heard.silenceMs, silent);
    if (usual.some((x, k) => (tones[k] ?? 0) > x * LOUDER)) louder += BLOCK_MS;
    else {
      if (louder > DOUBLE_MS) heard.doubledMs += louder;
      louder = 0;
    }
  }
  return heard;
}

/** What was made up in the slots that were somebody's all the time, and how long what was played had waited. */
export interface Played {
  /** Without what was made up as silence. */
  concealedMs: number;
  /** null: nothing came. */
  bufferMs: number | null;
  /** Who was in them at the end. */
  who: string[];
}

/** A total of a slot at a moment, between the readings around it; null outside of them. */
function totalAt(readings: Reading[], mid: string, of: (line: Line) => number, at: number): number | null {
  const after = readings.findIndex((r) => r.at >= at);
  const [a, b] = [readings[after - 1], readings[after]];
  const [x, y] = [a, b].map((r) => r?.inbound.find((line) => line.mid === mid));
  if (!a || !b || !x || !y) return null;
  return of(x) + ((of(y) - of(x)) * (at - a.at)) / (b.at - a.at);
}

/** What a listener was played between two moments, ms since the epoch; null: no slot was somebody's all the time. */
export function played(readings: Reading[], from: number, to: number): Played | null {
  const told = occupancies(readings);
  const first = told.findLast(({ at }) => at <= from);
  const all = [first, ...told.filter(({ at }) => at > from && at <= to)].map((word) => word?.slots);
  const mids = [...(first?.slots.keys() ?? [])].filter((mid) => all.every((slots) => slots?.has(mid)));
  const grown = (of: (line: Line) => number) => {
    let sum = 0;
    for (const mid of mids) {
      const [a, b] = [totalAt(readings, mid, of, from), totalAt(readings, mid, of, to)];
      if (a === null || b === null) return null;
      sum += b - a;
    }
    return sum;
  };
  const concealed = grown((line) => line.concealed - line.silent);
  if (mids.length === 0 || concealed === null) return null;
  const emitted = grown((line) => line.emitted) ?? 0;
  return {
    concealedMs: concealed / SAMPLES_A_MS,
    bufferMs: emitted > 0 ? (1000 * (grown((line) => line.delay) ?? 0)) / emitted : null,
    who: mids.map((mid) => all.at(-1)?.get(mid) ?? ""),
  };
}

/** One figure over all changes of a kind. */
export interface Row {
  of: string;
  /** How often it was measured. */
  n: number;
  p50: number;
  p95: number;
  max: number;
  /** What none of them is to be over, where there is such a goal. */
  goal?: number;
}

/** Percentiles by nearest rank. */
export function rowOf(of: string, values: (number | null | undefined)[], goal?: number): Row {
  const sorted = values.filter((x) => typeof x === "number").sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(10 * (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0)) / 10;
  return { of, n: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1), goal };
}
