import type { Page } from "@playwright/test";
import { prints } from "./support/figures";
import { expect, test } from "./support/house";
import { seedMessages } from "./support/seed";

const COUNT = 100_000;
const MINUTE = 60_000;
/** Far more than a page of rows has, and far less than the room. */
const NODES = 4_000;

const text = (n: number) => {
  const more =
    n % 11 === 0
      ? " with **bold**, `code` and https://example.org/a, over more than a line of it".repeat(2)
      : "";
  return `m${n}.${more}`;
};

const number = (label: string | null) => Number(/: m(\d+)\./.exec(label ?? "")?.[1] ?? 0);

/** The smallest and the largest message on the page now. */
async function span(page: Page): Promise<[number, number]> {
  const labels = await page
    .locator("#messages [data-message]")
    .evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label")));
  const all = labels.map(number).filter((n) => n > 0);
  return [Math.min(...all), Math.max(...all)];
}

/** Turns the wheel for so long, faster than anybody, and measures every frame meanwhile. */
async function scrolls(page: Page, perTurn: number, ms: number) {
  const measured = page.evaluate(async (duration) => {
    const frames: number[] = [];
    let nodes = 0;
    const began = performance.now();
    let last = began;
    await new Promise<void>((done) => {
      const frame = (now: number) => {
        frames.push(now - last);
        last = now;
        nodes = Math.max(nodes, document.getElementsByTagName("*").length);
        if (now - began < duration) requestAnimationFrame(frame);
        else done();
      };
      requestAnimationFrame(frame);
    });
    const sorted = frames.slice(2).sort((a, b) => a - b);
    const at = (p: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0;
    return { p50: at(0.5), p95: at(0.95), longest: at(1), frames: sorted.length, nodes };
  }, ms);
  let over = false;
  const end = measured.finally(() => {
    over = true;
  });
  await page.locator("#messages").hover();
  while (!over) await page.mouse.wheel(0, perTurn);
  return end;
}

test("a room of 100,000 messages scrolls both ways and goes anywhere at once", async ({
  server,
  crowd,
  sitsDown,
}) => {
  test.setTimeout(180_000);
  const anna = await crowd.registers("Anna");
  const { invite } = await anna.call<{ invite: { code: string } }>("POST", "/v1/invites", {});
  const boris = await crowd.registers("Boris", invite.code);
  await server.end();
  const from = Date.now() - (COUNT + 10) * MINUTE;
  await seedMessages(server.database, "general", {
    count: COUNT,
    from,
    every: MINUTE,
    writers: [anna, boris],
    text,
  });
  await server.run();

  const vera = await sitsDown("Vera", `${server.url}/invite/${invite.code}`);
  const { page } = vera;
  await vera.comesAsGuest();
  await expect(page.getByText(`m${COUNT}.`)).toBeInViewport();
  const loaded = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter((one) => one.name.endsWith(".js"))
      .reduce((sum, one) => sum + (one as PerformanceResourceTiming).encodedBodySize, 0),
  );
  prints(`scripts of the first load: ${(loaded / 1024).toFixed(0)} KiB, compressed`);
  expect(loaded).toBeLessThan(250 * 1024);

  const walk = async (what: string, perFrame: number, ms: number) => {
    const before = await span(page);
    const { p50, p95, longest, frames, nodes } = await scrolls(page, perFrame, ms);
    const after = await span(page);
    prints(
      `${what}: m${before[1]} to m${after[1]}, ${frames} frames, ` +
        `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, longest ${longest.toFixed(0)} ms, ${nodes} nodes`,
    );
    expect(nodes, `${what}: nodes`).toBeLessThan(NODES);
    return after;
  };
  const [, up] = await walk("scrolling up", -240, 8_000);
  expect(up).toBeLessThan(COUNT - 500); // more than what is kept in memory
  const [, down] = await walk("scrolling down", 240, 5_000);
  expect(down).toBeGreaterThan(up + 300);

  await test.step("to a date and back to the end", async () => {
    const day = new Date(from + 40_000 * MINUTE);
    const local = new Date(day.getTime() - day.getTimezoneOffset() * MINUTE).toISOString().slice(0, 10);
    const began = Date.now();
    await page.getByRole("button", { name: "More about this room" }).click();
    await page.getByRole("menuitem", { name: "Go to a date" }).click();
    await page.getByLabel("Date", { exact: true }).fill(local);
    await page.getByRole("button", { name: "Go", exact: true }).click();
    const midnight = new Date(`${local}T00:00:00`).getTime();
    const first = Math.max(1, Math.ceil((midnight - from) / MINUTE));
    await expect(page.getByText(`m${first}.`)).toBeInViewport();
    prints(`to a date, by hand: ${Date.now() - began} ms`);
    await walk("scrolling up from there", -240, 3_000);
    await walk("and down", 240, 6_000);
    const clicked = Date.now();
    await page.getByRole("button", { name: "Jump to the latest" }).click();
    await expect(page.getByText(`m${COUNT}.`)).toBeInViewport();
    prints(`back to the end: ${Date.now() - clicked} ms`);
  });
  expect(vera.errors).toEqual([]);
});
