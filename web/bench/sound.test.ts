// @vitest-environment node
import { expect, test } from "vitest";
import type { Reading } from "./probe";
import { compared, type Envelope, envelopeOf } from "./sound";

/** Ten seconds of somebody who speaks in words of uneven length and loudness. */
function spoken(): Envelope {
  const rms = new Float64Array(1000);
  let seed = 7;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  for (let i = 0; i < rms.length; ) {
    const [word, pause, loud] = [15 + random() * 40, 5 + random() * 15, 0.05 + random() * 0.2];
    for (const end = i + word; i < Math.min(end, rms.length); i++) rms[i] = loud * (0.7 + 0.3 * random());
    i += Math.round(pause);
  }
  return { at: 0, rms };
}

function later(from: Envelope, blocks: number): Envelope {
  const rms = new Float64Array(from.rms.length + 100);
  rms.set(
    from.rms.map((x) => x * 0.8),
    blocks,
  );
  return { at: 0, rms };
}

test("what is heard as it was said has a latency and nothing else", () => {
  const said = spoken();
  const figures = compared(said, later(said, 23), 1000);
  expect(figures?.latencyMs).toEqual([230, 230, 230]);
  expect(figures?.gapMs).toBe(0);
  expect(figures?.doubledMs).toBe(0);
  expect(figures?.spokenMs).toBeGreaterThan(4000);
});

test("a gap and a doubling are found", () => {
  const said = spoken();
  const heard = later(said, 10);
  // In words, of which a block or three at each edge is not judged.
  const word = (from: number) => {
    let at = from;
    while (said.rms.subarray(at, at + 20).some((x) => x === 0)) at++;
    return at;
  };
  const [gap, doubled] = [word(200), word(600)];
  heard.rms.fill(0, gap + 10, gap + 10 + 20);
  for (let i = doubled + 10; i < doubled + 30; i++) heard.rms[i] = 3 * (heard.rms[i] as number);
  const figures = compared(said, heard, 1000);
  expect(figures?.gapMs).toBeGreaterThanOrEqual(120);
  expect(figures?.gapMs).toBeLessThanOrEqual(200);
  expect(figures?.doubledMs).toBeGreaterThan(0);
});

test("what is not alike is not compared", () => {
  const said = spoken();
  expect(compared(said, { at: 0, rms: new Float64Array(1100).fill(0.1) }, 1000)).toBeNull();
});

test("blocks lie where the earliest telling puts them", () => {
  const levels = [0, 10, 20].map((first) => ({
    of: "3",
    // 100 ms in the making, told of with a delay that is not the same
    at: 5000 + (first + 10) * 10 + (first === 10 ? 0 : 40),
    first,
    rms: Array.from({ length: 10 }, (_, k) => first + k),
  }));
  const reading: Reading = { at: 5400, inbound: [], outbound: [], heard: [], levels, ufrags: [] };
  const { rms } = envelopeOf([reading], "3", 5000, 5400);
  expect([...rms.slice(0, 30)]).toEqual(Array.from({ length: 30 }, (_, k) => k));
  expect(rms[30]).toBeNaN();
});
