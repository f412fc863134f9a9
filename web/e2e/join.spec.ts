import { clockOf, median, type Sample } from "./support/bursts";
import { BLOCKS } from "./support/ear";
import { prints } from "./support/figures";
import { expect, test } from "./support/house";
import { AUDIBLE } from "./support/person";

const JOINS = 10;
const BLOCK_MS = 1000 / BLOCKS;

test("from the click to the first sound", async ({ server, sitsDown }) => {
  const anna = await sitsDown("Anna", server.url, { tone: 0 });
  await anna.becomesOwner();
  await anna.editsTheRoom();
  await anna.page.getByLabel("Voice path").selectOption("sfu");
  await anna.page.getByRole("button", { name: "Save" }).click();
  await expect(anna.page.getByRole("dialog")).toHaveCount(0);
  const boris = await sitsDown("Boris", await anna.invites(), { tone: 1 });
  await boris.comesAsGuest();
  await anna.joinsVoice();
  await boris.joinsVoice(); // makes the page's ear
  await boris.hearsExactly(0);

  const times: number[] = [];
  for (let i = 0; i < JOINS; i++) {
    await boris.leavesVoice();
    await boris.hearsExactly();
    const { clickedAt, samples } = await boris.page.evaluate(async () => {
      const ear = (window as unknown as { __ear: { blocks: unknown[] } }).__ear;
      const button = [...document.querySelectorAll("button")].find((b) => b.ariaLabel === "Join voice");
      const samples = [];
      const clickedAt = performance.now();
      const blocks = ear.blocks.length;
      button?.click();
      // A second of sound from when the page's audio runs again.
      while (ear.blocks.length < blocks + 100 && performance.now() < clickedAt + 10_000) {
        samples.push({ at: performance.now(), blocks: ear.blocks.length, lit: false });
        await new Promise((r) => setTimeout(r, 5));
      }
      return { clickedAt, samples: samples as Sample[] };
    });
    const from = samples[0]?.blocks ?? 0;
    await boris.hearsExactly(0);
    const levels = await boris.played(0, from);
    const first = levels.findIndex((level) => level > AUDIBLE);
    expect(first, "sound").toBeGreaterThanOrEqual(0);
    times.push(clockOf(samples, BLOCK_MS)(from + first) - clickedAt);
  }
  prints(
    `click to first sound: median ${median(times).toFixed(0)} ms of ${times.map(Math.round).join(", ")}`,
  );
  expect(median(times)).toBeLessThan(3000);
});
