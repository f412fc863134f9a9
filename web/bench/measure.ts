import { loadavg } from "node:os";
import type { Trace } from "./call";
import type { LinkFigures } from "./link";
import { type Interval, intervalsOf } from "./slots";
import { compared, envelopeOf, type SoundFigures } from "./sound";

/** From when the network is bad to when that is measured as a state. */
export const SETTLE_MS = 5_000;

/** A figure over time, one a reading. */
export interface Point {
  /** Seconds since the network became bad. */
  t: number;
  /** Of the expected audio, %; null: none was expected. */
  concealedPct: number | null;
  bufferMs: number | null;
  /** Packets that the page got, and that it missed (late ones are taken off again). */
  packets: number;
  lost: number;
  queueMs: number;
  kbps: number;
}

/** A word of the server's on somebody's voice. */
export interface Step {
  t: number;
  who: string;
  /** Whose part of it this is about. */
  direction: "down" | "up";
  word: Record<string, unknown>;
}

export interface Figures {
  /** How long somebody was expected in a slot, s; two at a time count twice. */
  expectedS: number;
  /** Concealed and heard, of the samples of that time. */
  concealedPct: number;
  /** Concealed by silence, because it took too long. */
  silentPct: number;
  bufferMs: number;
  /** What the page missed in the end. */
  lostPct: number;
  /** What the link lost, its queue included. */
  linkLostPct: number;
  kbps: number;
  queuePeakMs: number;
  /** The longest from 2 s on. */
  queueLaterMs: number;
  sound: Record<string, SoundFigures | null>;
  /** How many offers people sent: a connection that was given up for another. */
  restarts: number;
  /** How busy the machine was: the longest that the listener's page was not read, ms, and the load of its last minute. */
  heldUpMs: number;
  load: number;
  steps: Step[];
  points: Point[];
}

export interface Measured {
  listener: string;
  /** Everybody, by name. */
  traces: Map<string, Trace>;
  /** Those to listen for. */
  talkers: string[];
  /** Whose link it is, and which way. */
  whose: string;
  direction: "down" | "up";
  /** When the network became bad, and when it was good again; ms since the epoch. */
  from: number;
  to: number;
  /** From when on the figures are taken. */
  steady: number;
  delayMs: number;
}

const sum = <T>(items: T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0);
const share = (part: number, whole: number) => (whole > 0 ? (100 * part) / whole : 0);
const mean = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
const rounded = (x: number, digits = 2) => Number(x.toFixed(digits));

export function measured(m: Measured): Figures {
  const listener = traceOf(m, m.listener);
  const talkers = new Map(m.talkers.map((name) => [name, traceOf(m, name)]));
  const all = intervalsOf(listener, talkers, m.from, m.to, m.delayMs).filter(({ talker }) =>
    talkers.has(talker),
  );
  const steady = all.filter((i) => i.from >= m.steady && i.expected);
  const link = traceOf(m, m.whose).link.map((l) => ({ at: l.at, ...l[m.direction] }));
  const within = link.filter(({ at }) => at >= m.from && at <= m.to);
  const [first, last] = [within.find(({ at }) => at >= m.steady), within.at(-1)];
  const grown = (of: (f: LinkFigures) => number) => (first && last ? of(last) - of(first) : 0);
  const samples = sum(steady, (i) => i.samples);
  return {
    expectedS: rounded(sum(steady, (i) => i.to - i.from) / 1000, 1),
    concealedPct: rounded(
      share(
        sum(steady, (i) => i.concealed - i.silent),
        samples,
      ),
    ),
    silentPct: rounded(
      share(
        sum(steady, (i) => i.silent),
        samples,
      ),
    ),
    bufferMs: rounded(
      1000 *
        mean(
          sum(steady, (i) => i.delay),
          sum(steady, (i) => i.emitted),
        ),
      0,
    ),
    lostPct: rounded(
      share(
        sum(steady, (i) => i.lost),
        sum(steady, (i) => i.lost + i.packets),
      ),
    ),
    linkLostPct: rounded(
      share(
        grown((f) => f.lost + f.full),
        grown((f) => f.packets),
      ),
    ),
    kbps: rounded(mean(grown((f) => f.bytes) * 8, (last?.at ?? 0) - (first?.at ?? 0)), 1),
    queuePeakMs: rounded(Math.max(0, ...within.map((l) => l.queuePeakMs)), 0),
    queueLaterMs: rounded(
      // A reading has the peak of the time since the one before.
      Math.max(0, ...within.filter(({ at }) => at >= m.from + 2200).map((l) => l.queuePeakMs)),
      0,
    ),
    sound: soundsOf(m, listener, talkers, all, Math.max(0, ...within.map((l) => l.queuePeakMs))),
    restarts: sum([...m.traces.values()], ({ readings }) =>
      sum(readings, (r) => (r.at >= m.from && r.at <= m.to ? r.ufrags.length : 0)),
    ),
    heldUpMs: rounded(Math.max(0, ...all.map((i) => i.to - i.from)), 0),
    load: rounded(loadavg()[0] ?? 0, 1),
    steps: stepsOf(m),
    points: pointsOf(m, all, within),
  };
}

function traceOf({ traces }: Measured, name: string): Trace {
  const trace = traces.get(name);
  if (!trace) throw new Error(`nothing was read of ${name}`);
  return trace;
}

function soundsOf(
  m: Measured,
  listener: Trace,
  talkers: Map<string, Trace>,
  intervals: Interval[],
  queueMs: number,
): Figures["sound"] {
  const found: Figures["sound"] = {};
  for (const [name, trace] of talkers) {
    // The slot in which he was most of the time.
    const times = new Map<string, number>();
    for (const i of intervals)
      if (i.talker === name) times.set(i.mid, (times.get(i.mid) ?? 0) + i.to - i.from);
    const mid = [...times].sort(([, a], [, b]) => b - a)[0]?.[0];
    if (mid === undefined) continue;
    const spoken = envelopeOf(trace.readings, "microphone", m.from, m.to);
    const heard = envelopeOf(listener.readings, mid, m.from, m.to + 2000);
    if (spoken.rms.every(Number.isNaN) || heard.rms.every(Number.isNaN)) continue; // no ears
    found[name] = compared(spoken, heard, 1000 + 2 * m.delayMs + queueMs);
  }
  return found;
}

function stepsOf(m: Measured): Step[] {
  const steps: Step[] = [];
  for (const [who, { readings }] of m.traces) {
    const last: Record<string, string> = {};
    for (const { at, type, payload } of readings.flatMap((r) => r.heard)) {
      if (type !== "voice.quality") continue;
      for (const direction of ["down", "up"] as const) {
        const word = payload[`${direction}link`] as Record<string, unknown>;
        // What it measured changes all the time; a step is another thing to do.
        const { lossPct: _, estimateBps: __, ...does } = word;
        const said = JSON.stringify(does);
        if (said === last[direction]) continue;
        last[direction] = said;
        if (at >= m.from && at <= m.to)
          steps.push({ t: rounded((at - m.from) / 1000), who, direction, word });
      }
    }
  }
  return steps.sort((a, b) => a.t - b.t);
}

function pointsOf(m: Measured, intervals: Interval[], link: (LinkFigures & { at: number })[]): Point[] {
  const points: Point[] = [];
  link.forEach((now, i) => {
    const before = link[i - 1];
    if (!before) return;
    const here = intervals.filter((x) => x.expected && x.to > before.at && x.to <= now.at);
    const samples = sum(here, (x) => x.samples);
    const emitted = sum(here, (x) => x.emitted);
    points.push({
      t: rounded((now.at - m.from) / 1000),
      concealedPct:
        samples > 0
          ? rounded(
              share(
                sum(here, (x) => x.concealed),
                samples,
              ),
            )
          : null,
      bufferMs: emitted > 0 ? rounded((1000 * sum(here, (x) => x.delay)) / emitted, 0) : null,
      packets: sum(here, (x) => x.packets),
      lost: sum(here, (x) => x.lost),
      queueMs: rounded(now.queuePeakMs, 0),
      kbps: rounded(((now.bytes - before.bytes) * 8) / (now.at - before.at), 1),
    });
  });
  return points;
}
