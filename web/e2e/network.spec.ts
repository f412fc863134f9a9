import { expect, test } from "@playwright/test";
import { Call } from "../bench/call";
import { tried } from "../bench/trial";
import { prints } from "./support/figures";

// The small version of `make bench-network`.
test("a listener who loses a tenth of the packets hears", async () => {
  const call = await Call.begins();
  try {
    await call.joins("Anna");
    await call.joins("Boris");
    const figures = await tried(
      call,
      { listener: "Anna", talkers: ["Boris"] },
      { name: "small", direction: "down", people: "pair", impairment: { loss: 0.1 } },
      8,
    );
    const { steps, points, ...short } = figures;
    prints(`a tenth lost: ${JSON.stringify(short)}, ${steps.length} steps`);
    expect(figures.expectedS, "how long Boris was expected").toBeGreaterThan(2);
    expect(figures.linkLostPct, "lost by the link").toBeGreaterThan(3);
    expect(figures.linkLostPct, "lost by the link").toBeLessThan(20);
    expect(points.some(({ concealedPct }) => concealedPct !== null)).toBe(true);
    expect(figures.concealedPct, "concealed").toBeLessThan(20);
    expect(figures.bufferMs, "the jitter buffer").toBeGreaterThan(0);
    const sound = figures.sound.Boris;
    expect(sound, "Boris was heard as he spoke").toBeTruthy();
    expect(sound?.spokenMs).toBeGreaterThan(2000);
    expect(sound?.silentMs).toBeLessThan((sound?.spokenMs ?? 0) / 2);
  } finally {
    await call.ends();
  }
});
