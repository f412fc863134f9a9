import type { Trace } from "./call";
import type { Line, Reading } from "./probe";

/** More packets than this come while somebody talks, of up to 120 ms each; a silent one sends each 400 ms (DTX). */
const TALKING_PER_S = 6;
/** What is played was here this long before at most, as far as that is looked back, ms. */
const BUFFER_MOST_MS = 500;
/** How far around a moment his packets while talking are looked for, ms. */
const AROUND_MS = 2_000;

/** What happened in one slot between two readings of the listener's page. */
export interface Interval {
  from: number;
  to: number;
  mid: string;
  /** Who is in the slot. */
  talker: string;
  /** Whether packets of his were due here, and had been when what is played now came. */
  expected: boolean;
  packets: number;
  lost: number;
  concealed: number;
  silent: number;
  samples: number;
  emitted: number;
  /** Seconds, summed over the emitted samples. */
  delay: number;
}

interface Named {
  userId?: string;
  userName?: string;
  participants?: { userId: string; userName: string }[];
}

/** Who is called how, as the listener was told. */
function namesOf(readings: Reading[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { payload } of readings.flatMap((r) => r.heard)) {
    const { userId, userName, participants } = payload as Named;
    for (const one of participants ?? [{ userId, userName }])
      if (one.userId && one.userName) names.set(one.userId, one.userName);
  }
  return names;
}

/** Who was in which slot from when on. */
export function occupancies(readings: Reading[]): { at: number; slots: Map<string, string> }[] {
  const names = namesOf(readings);
  return readings
    .flatMap((r) => r.heard)
    .filter(({ type }) => type === "voice.slots")
    .map(({ at, payload }) => {
      const slots = new Map<string, string>();
      for (const { mid, userId } of payload.slots as { mid: string; userId: string | null }[]) {
        const name = userId === null ? undefined : names.get(userId);
        if (name !== undefined) slots.set(mid, name);
      }
      return { at, slots };
    });
}

/** A line's packets up to a moment, between the readings around it. */
function packetsAt(readings: Reading[], id: string, at: number): number {
  let before: { at: number; packets: number } | null = null;
  for (const reading of readings) {
    const line = reading.outbound.find((l) => l.id === id);
    if (!line) continue;
    if (reading.at >= at) {
      if (!before) return line.packets;
      const share = (at - before.at) / (reading.at - before.at);
      return before.packets + share * (line.packets - before.packets);
    }
    before = { at: reading.at, packets: line.packets };
  }
  return before?.packets ?? 0;
}

/**
 * Whether somebody's page sent voice all the time between two moments, on any
 * layer: nearly as many packets as he sends around them when he talks. At the edges of his
 * words a page makes up noise, and what it makes of that is nobody's loss.
 */
function talks(trace: Trace, from: number, to: number): boolean {
  const near = trace.readings.filter((r) => r.at > from - AROUND_MS && r.at < to + AROUND_MS);
  const ids = new Set(near.flatMap((r) => r.outbound.map(({ id }) => id)));
  return [...ids].some((id) => {
    const counts: number[] = [];
    near.forEach((reading, i) => {
      const earlier = near[i - 1];
      const [a, b] = [earlier, reading].map((r) => r?.outbound.find((l) => l.id === id));
      if (!earlier || !a || !b) return;
      counts.push(((b.packets - a.packets) * (to - from)) / (reading.at - earlier.at));
    });
    // Not the most: who was held up sends what he has all at once.
    const most = counts.sort((x, y) => x - y)[Math.floor(0.8 * counts.length)] ?? 0;
    const sent = packetsAt(near, id, to) - packetsAt(near, id, from);
    // One packet may fall on the other side.
    return most >= (TALKING_PER_S * (to - from)) / 1000 && sent >= Math.max(0.5, 0.75 * most - 1);
  });
}

/**
 * What happened in the listener's slots that carried somebody between two
 * moments. `delayMs` is how much later a talker's packets come than he sends
 * them.
 */
export function intervalsOf(
  listener: Trace,
  talkers: Map<string, Trace>,
  from: number,
  to: number,
  delayMs: number,
): Interval[] {
  const told = occupancies(listener.readings);
  const found: Interval[] = [];
  // What is played now came a buffer's length ago; the first of somebody's
  // words finds comfort noise being played, which is not in place of anything.
  const buffers = new Map<string, number>();
  listener.readings.forEach((reading, i) => {
    const earlier = listener.readings[i - 1];
    if (!earlier || earlier.at < from || reading.at > to) return;
    const slots = told.findLast(({ at }) => at <= earlier.at)?.slots;
    const now = told.findLast(({ at }) => at <= reading.at)?.slots;
    for (const line of reading.inbound) {
      const talker = slots?.get(line.mid);
      const before = earlier.inbound.find(({ id, mid }) => id === line.id && mid === line.mid);
      if (talker === undefined || talker !== now?.get(line.mid) || !before) continue;
      const grown = (key: keyof Line) => Math.max(0, Number(line[key]) - Number(before[key]));
      const trace = talkers.get(talker);
      if (grown("emitted") > 0) buffers.set(line.mid, (1000 * grown("delay")) / grown("emitted"));
      const buffer = Math.min(BUFFER_MOST_MS, buffers.get(line.mid) ?? 0);
      const steadily =
        trace !== undefined &&
        talks(trace, earlier.at - delayMs, reading.at - delayMs) &&
        talks(trace, earlier.at - delayMs - buffer, reading.at - delayMs - buffer);
      found.push({
        from: earlier.at,
        to: reading.at,
        mid: line.mid,
        talker,
        expected: steadily,
        packets: grown("packets"),
        lost: Number(line.lost) - Number(before.lost), // a late one is taken off again
        concealed: grown("concealed"),
        silent: grown("silent"),
        samples: grown("samples"),
        emitted: grown("emitted"),
        delay: grown("delay"),
      });
    }
  });
  return found;
}
