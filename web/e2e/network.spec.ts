import { expect, test } from "@playwright/test";
import { Call } from "../bench/call";
import type { Figures } from "../bench/measure";
import { tried } from "../bench/trial";
import { prints } from "./support/figures";

/** A machine that is busy with something else may hold up both pages for seconds. */
const TRIALS = 3;

// The small version of `make bench-network`.
test("a listener who loses a tenth of the packets hears", async () => {
  const call = await Call.begins();
  try {
    await call.joins("Anna");
    await call.joins("Boris");
    const roles = { listener: "Anna", talkers: ["Boris"] };
    const scenario = { name: "small", direction: "down", people: "pair", impairment: { loss: 0.1 } } as const;
    let figures: Figures | null = null;
    for (let i = 0; i < TRIALS && !(figures?.sound.Boris && figures.expectedS > 2); i++) {
      figures = await tried(call, roles, scenario, 9);
      const { steps, points, ...short } = figures;
      prints(`a tenth lost: ${JSON.stringify(short)}, ${steps.length} steps`);
    }
    if (!figures) throw new Error("nothing was tried");
    expect(figures.sound.Boris, "heard as he spoke").toBeTruthy();
    expect(figures.expectedS, "how long Boris was due").toBeGreaterThan(0);
    expect(figures.linkLostPct, "lost by the link").toBeGreaterThan(1);
    expect(figures.linkLostPct, "lost by the link").toBeLessThan(25);
    expect(figures.concealedPct, "concealed").toBeGreaterThanOrEqual(0);
    expect(figures.points.some(({ concealedPct }) => concealedPct !== null)).toBe(true);
  } finally {
    await call.ends();
  }
});
