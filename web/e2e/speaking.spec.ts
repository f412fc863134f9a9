import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { clockOf, joined, median, type Sample, type Stretch, stretches } from "./support/bursts";
import { BLOCKS } from "./support/ear";
import { prints } from "./support/figures";
import { expect, test } from "./support/house";
import { AUDIBLE, type Person } from "./support/person";

const repository = resolve(import.meta.dirname, "../..");
const loadtest = process.env.BOLTOREZKA_LOADTEST ?? join(repository, "bin/loadtest");
const run = promisify(execFile);
const BLOCK_MS = 1000 / BLOCKS;
/** Bursts of a tone last a second, and so do the pauses. */
const BURST_MS = 1000;

/** Looks at a talker's ring, frame by frame, for some seconds. */
async function watches(listener: Person, talker: string, seconds: number): Promise<Sample[]> {
  return listener.page.evaluate(
    async ([name, ms]) => {
      const ear = (window as unknown as { __ear: { blocks: unknown[] } }).__ear;
      const strip = document.querySelector('[aria-label="In voice in this room"]') as HTMLElement;
      const card = [...strip.querySelectorAll("li")].find((li) => li.textContent?.includes(name));
      const ring = card?.querySelector("[data-voice-of]");
      if (!ring) throw new Error(`${name} is not in the strip`);
      const samples = [];
      const begun = performance.now();
      while (performance.now() - begun < ms) {
        await new Promise(requestAnimationFrame);
        samples.push({
          at: performance.now(),
          blocks: ear.blocks.length,
          lit: ring.hasAttribute("data-speaking"),
        });
      }
      return samples;
    },
    [talker, seconds * 1000] as const,
  );
}

/** The ring's lag behind each beginning and each end of sound, ms. */
function lags(sounds: Stretch[], rings: Stretch[]): { on: number[]; off: number[] } {
  const on: number[] = [];
  const off: number[] = [];
  for (const sound of sounds) {
    const ring = rings.find((r) => r.from < sound.to && r.to > sound.from);
    if (!ring) throw new Error(`no ring for ${JSON.stringify({ sound, sounds, rings })}`);
    on.push(ring.from - sound.from);
    off.push(ring.to - sound.to);
  }
  return { on, off };
}

for (const path of ["sfu", "p2p"] as const) {
  test(`the ring follows the sound (${path})`, async ({ server, sitsDown }) => {
    const anna = await sitsDown("Anna", server.url, { ear: true });
    await anna.becomesOwner();
    if (path === "sfu") {
      await anna.editsTheRoom();
      await anna.page.getByLabel("Voice path").selectOption("sfu");
      await anna.page.getByRole("button", { name: "Save" }).click();
      await expect(anna.page.getByRole("dialog")).toHaveCount(0);
    }
    const boris = await sitsDown("Boris", await anna.invites(), { tone: 1, bursts: true });
    await boris.comesAsGuest();
    await anna.joinsVoice();
    await boris.joinsVoice();
    const label = path === "sfu" ? "Via server" : "Direct";
    await expect(anna.page.getByText(label, { exact: true }).first()).toBeVisible();
    await anna.page.waitForTimeout(2000); // the change of path is over

    const samples = await watches(anna, "Boris", 12);
    const playedAt = clockOf(samples, BLOCK_MS);
    const first = samples[0]?.blocks ?? 0;
    const levels = await anna.played(1, first, samples.at(-1)?.blocks);
    const sounds = joined(
      stretches(levels.map((level, i) => ({ at: playedAt(first + i), on: level > AUDIBLE }))),
      150,
    ).filter((s) => s.from > (samples[0]?.at ?? 0) + 50 && s.to < (samples.at(-1)?.at ?? 0) - 600);
    const rings = stretches(samples.map(({ at, lit }) => ({ at, on: lit })));
    const { on, off } = lags(sounds, rings);
    prints(
      `${path}: the ring follows the sound by ${median(on).toFixed(0)} ms on (${on.map(Math.round)}), ` +
        `${median(off).toFixed(0)} ms off (${off.map(Math.round)})`,
    );
    expect(sounds.length).toBeGreaterThanOrEqual(4);
    for (const s of sounds) expect(Math.abs(s.to - s.from - BURST_MS), "a burst as heard").toBeLessThan(400);
    // The ring holds through short pauses, so it goes out a little late.
    expect(Math.abs(median(on))).toBeLessThan(200);
    expect(median(off)).toBeGreaterThan(-100);
    expect(median(off)).toBeLessThan(500);
    for (const lag of [...on, ...off]) expect(Math.abs(lag), "at its worst").toBeLessThan(800);
  });
}

test("native programs are seen and heard, and hear", async ({ server, sitsDown }) => {
  test.setTimeout(180_000); // the first build of the recorder
  const folder = mkdtempSync(join(tmpdir(), "boltorezka-record-"));
  try {
    const recorder = join(folder, "record");
    await run("go", ["build", "-o", recorder, "./examples/record"], { cwd: repository });
    const anna = await sitsDown("Anna", server.url, { tone: 0 });
    await anna.becomesOwner();
    const invite = (await anna.invites()).split("/").pop() as string;
    await anna.joinsVoice();
    const strip = anna.page.getByRole("region", { name: "In voice in this room" });

    await test.step("the recorder records the browser", async () => {
      const heard = join(folder, "heard");
      mkdirSync(heard);
      const ended = run(recorder, [
        ...["-url", server.url, "-invite", invite, "-name", "recorder", "-for", "5s"],
        ...["-loopback", "-dir", heard],
      ]);
      await expect(strip.getByText("recorder")).toBeVisible();
      await ended;
      await expect(strip.getByText("recorder")).toHaveCount(0);
      const files = readdirSync(heard);
      expect(files).toHaveLength(1);
      const seconds = oggSeconds(readFileSync(join(heard, files[0] as string)));
      prints(`recorded ${seconds.toFixed(2)} s of 5`);
      expect(seconds).toBeGreaterThan(3.5);
      expect(seconds).toBeLessThan(5.5);
    });

    await test.step("the browser shows and plays who talks natively", async () => {
      const from = await anna.now();
      const ended = run(loadtest, [
        ...["voice", "--url", server.url, "--invite", invite, "--participants", "2"],
        ...["--talkers", "1", "--duration", "4s"],
      ]);
      await expect(strip.getByText(/^load-/)).toHaveCount(2);
      await expect(strip.locator("li", { hasText: "load-" }).locator("[data-speaking]")).toHaveCount(1);
      await ended;
      await expect(strip.getByText(/^load-/)).toHaveCount(0);
      expect(await anna.now()).toBeGreaterThan(from);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The length of an Ogg/Opus stream: the last page's granule position is in 48 kHz samples (RFC 7845). */
function oggSeconds(file: Buffer): number {
  const page = file.lastIndexOf("OggS");
  expect(page, "an Ogg page").toBeGreaterThan(0);
  return Number(file.readBigUInt64LE(page + 6)) / 48_000;
}
