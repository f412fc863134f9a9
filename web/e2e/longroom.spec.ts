import type { Page } from "@playwright/test";
import type { Member } from "./support/crowd";
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

interface Frames {
  p50: number;
  p95: number;
  longest: number;
  frames: number;
  nodes: number;
}

/** Measures every frame for so long, and the most nodes that the page had. */
function frames(page: Page, ms: number): Promise<Frames> {
  return page.evaluate(async (duration) => {
    const taken: number[] = [];
    let nodes = 0;
    const began = performance.now();
    let last = began;
    await new Promise<void>((done) => {
      const frame = (now: number) => {
        taken.push(now - last);
        last = now;
        nodes = Math.max(nodes, document.getElementsByTagName("*").length);
        if (now - began < duration) requestAnimationFrame(frame);
        else done();
      };
      requestAnimationFrame(frame);
    });
    const sorted = taken.slice(2).sort((a, b) => a - b);
    const at = (p: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0;
    return { p50: at(0.5), p95: at(0.95), longest: at(1), frames: sorted.length, nodes };
  }, ms);
}

const inWords = ({ p50, p95, longest, frames: n, nodes }: Frames) =>
  `${n} frames, p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, longest ${longest.toFixed(0)} ms, ${nodes} nodes`;

/** Turns the wheel for so long, faster than anybody, and measures meanwhile. */
async function scrolls(page: Page, perTurn: number, ms: number): Promise<Frames> {
  let over = false;
  const end = frames(page, ms).finally(() => {
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
    const measured = await scrolls(page, perFrame, ms);
    const after = await span(page);
    prints(`${what}: m${before[1]} to m${after[1]}, ${inWords(measured)}`);
    expect(measured.nodes, `${what}: nodes`).toBeLessThan(NODES);
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

test("200 people come, speak and go, and the page stays quick", async ({ server, crowd, sitsDown }) => {
  test.setTimeout(180_000);
  const olga = await crowd.registers("Olga");
  const { invite } = await olga.call<{ invite: { code: string } }>("POST", "/v1/invites", {});
  const people: Member[] = [];
  for (let i = 0; i < 200; i += 20) {
    const names = Array.from({ length: 20 }, (_, k) => `Guest ${i + k + 1}`);
    people.push(...(await Promise.all(names.map((name) => crowd.comesAsGuest(name, invite.code)))));
  }
  for (const person of people) await person.comesOnline();
  const anna = await sitsDown("Anna", `${server.url}/invite/${invite.code}`);
  await anna.comesAsGuest();

  const during = async (what: string, act: () => Promise<unknown>) => {
    const measured = frames(anna.page, 4_000);
    await act();
    prints(`${what}: ${inWords(await measured)}`);
    expect((await measured).nodes, `${what}: nodes`).toBeLessThan(NODES);
  };
  const all = (act: (person: Member) => Promise<unknown>) => () => Promise.all(people.map(act));
  await during(
    "200 enter",
    all((person) => person.enters("general")),
  );
  await expect(anna.page.getByRole("button", { name: "Hide people" })).toHaveText("201");
  await during(
    "200 join voice",
    all((person) => person.joinsVoice("general", true)),
  );
  await during(
    "200 speak at once",
    all((person) => person.writes(`I am ${person.name}`)),
  );
  await expect(
    anna.page
      .locator("#messages")
      .getByText(/^I am Guest/)
      .last(),
  ).toBeInViewport();
  await during(
    "and are away",
    all((person) => person.asks({ type: "presence.status", payload: { status: "idle" } })),
  );
  await during("a scroll among them", () => scrolls(anna.page, -240, 3_000));
  expect(anna.errors).toEqual([]);
});
