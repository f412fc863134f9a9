import { prints } from "../support/figures";
import { quantile } from "./sound";

/** How often each fault is tried: once, and in `make bench-heal` as often as HEAL_ROUNDS says. */
export const rounds = Number(process.env.HEAL_ROUNDS ?? 1);
if (!(rounds >= 1 && rounds <= 1000)) throw new Error(`HEAL_ROUNDS ${rounds}: want 1 to 1000`);

/** Whether there is time for what takes minutes. */
export const long = rounds > 1;

/** Tries a fault so often, and prints how long it took until the sound was back, in ms. */
export async function tries(
  name: string,
  once: (round: number) => Promise<{ backMs: number; note?: string }>,
): Promise<number[]> {
  const times: number[] = [];
  const notes: string[] = [];
  for (let i = 0; i < rounds; i++) {
    const { backMs, note } = await once(i);
    times.push(backMs);
    if (note) notes.push(note);
    if (rounds > 1) prints(`${name}: ${backMs} ms ${note ?? ""}`);
  }
  const short =
    rounds > 1
      ? `n ${rounds}, p50 ${quantile(times, 0.5)} ms, p95 ${quantile(times, 0.95)} ms`
      : `${times[0]} ms`;
  prints(`time until sound is back, ${name}: ${short}${rounds > 1 ? "" : ` ${notes.join("; ")}`}`);
  return times;
}
