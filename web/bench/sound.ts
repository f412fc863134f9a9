import { BLOCK_MS, type Levels, type Reading } from "./probe";

/** What was heard of a talker, against what his microphone took up. */
export interface SoundFigures {
  /** From his microphone to the listener's loudspeaker, ms: least, median, most of the windows. */
  latencyMs: [number, number, number];
  /** The longest stretch without sound while he spoke, ms. */
  gapMs: number;
  /** All such stretches together. */
  silentMs: number;
  /** How long he was heard far louder than he was. */
  doubledMs: number;
  /** How long he was listened to in these figures. */
  spokenMs: number;
}

/** Loudness by blocks of 10 ms on one clock; NaN where nothing was measured. */
export interface Envelope {
  /** When the first block began, ms since the epoch. */
  at: number;
  rms: Float64Array;
}

const WINDOW = 300;
const HOP = 100;
/** Blocks on either side within which a pause at one end may be sound at the other. */
const SLACK = 3;

/**
 * The loudness of one source between two moments. Blocks are told of late,
 * never early, so the earliest telling of the second around a block is the one
 * to go by.
 */
export function envelopeOf(readings: Reading[], of: string, from: number, to: number): Envelope {
  const rms = new Float64Array(Math.max(0, Math.round((to - from) / BLOCK_MS))).fill(Number.NaN);
  const told = readings.flatMap((r) => r.levels).filter((l) => l.of === of && l.at > from - 3000);
  const began = (l: Levels) => l.at - (l.first + l.rms.length) * BLOCK_MS;
  told.forEach((levels, i) => {
    const around = told.slice(Math.max(0, i - 10), i + 11);
    // Another ear on the same line counts anew, and its beginning lies elsewhere.
    const same = around.filter((l) => Math.abs(began(l) - began(levels)) < 2000);
    const start = Math.min(...same.map(began)) + levels.first * BLOCK_MS;
    levels.rms.forEach((x, k) => {
      const at = Math.round((start - from) / BLOCK_MS) + k;
      if (at >= 0 && at < rms.length) rms[at] = x;
    });
  });
  return { at: from, rms };
}

/** By how many blocks the heard follows the spoken from block `at` on; null: they are not alike. */
function lagAt(spoken: Float64Array, heard: Float64Array, at: number, most: number): number | null {
  let best: number | null = null;
  let bestLikeness = 0.6;
  for (let lag = 0; lag <= most; lag++) {
    let n = 0;
    let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
    for (let i = at; i < at + WINDOW; i++) {
      const x = spoken[i] ?? Number.NaN;
      const y = heard[i + lag] ?? Number.NaN;
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      n++;
      a += x;
      b += y;
      aa += x * x;
      bb += y * y;
      ab += x * y;
    }
    if (n < WINDOW / 2) continue;
    const likeness = (n * ab - a * b) / Math.sqrt((n * aa - a * a) * (n * bb - b * b));
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      best = lag;
    }
  }
  return best;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function over(levels: Float64Array, from: number, to: number, pick: (...values: number[]) => number): number {
  const values = [...levels.slice(Math.max(0, from), to + 1)].filter((x) => !Number.isNaN(x));
  return values.length > 0 ? pick(...values) : Number.NaN;
}

/** Compares what was spoken with what was heard; null when they were nowhere alike. */
export function compared(spoken: Envelope, heard: Envelope, mostLagMs: number): SoundFigures | null {
  const shift = Math.round((heard.at - spoken.at) / BLOCK_MS);
  const most = mostLagMs / BLOCK_MS;
  const loud = [...spoken.rms].filter((x) => x > 0.01);
  const usual = median(loud);
  const lags: number[] = [];
  const pairs: { spoken: number; least: number; most: number }[][] = [];
  let lag: number | null = null;
  for (let at = 0; at + HOP <= spoken.rms.length; at += HOP) {
    lag = lagAt(spoken.rms, heard.rms, at, most) ?? lag;
    if (lag === null) continue;
    lags.push(lag * BLOCK_MS);
    const hop: (typeof pairs)[0] = [];
    for (let i = at; i < at + HOP; i++) {
      const there = i + lag - shift;
      hop.push({
        // Spoken for a while, so that an edge that moved is no gap.
        spoken: over(spoken.rms, i - SLACK, i + SLACK, Math.min),
        least:
          over(heard.rms, there - SLACK, there + SLACK, Math.min) /
          over(spoken.rms, i - SLACK, i + SLACK, Math.max),
        most: over(heard.rms, there - 1, there + 1, Math.max),
      });
    }
    pairs.push(hop);
  }
  if (lags.length === 0) return null;
  const all = pairs.flat();
  const voiced = all.filter((p) => p.spoken > usual / 4 && !Number.isNaN(p.most));
  const gain = median(voiced.map((p) => p.most / p.spoken));
  const sorted = [...lags].sort((a, b) => a - b);
  const found: SoundFigures = {
    latencyMs: [sorted[0] ?? 0, median(lags), sorted.at(-1) ?? 0],
    gapMs: 0,
    silentMs: 0,
    doubledMs: 0,
    spokenMs: voiced.length * BLOCK_MS,
  };
  let run = 0;
  for (const p of all) {
    const speaks = p.spoken > usual / 4;
    const silent = speaks && p.most < (gain * p.spoken) / 8;
    run = silent ? run + BLOCK_MS : 0;
    found.gapMs = Math.max(found.gapMs, run);
    if (silent) found.silentMs += BLOCK_MS;
    if (speaks && p.least > 1.8 * gain) found.doubledMs += BLOCK_MS;
  }
  return found;
}
