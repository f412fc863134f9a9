import AxeBuilder from "@axe-core/playwright";
import type { Page, TestInfo } from "@playwright/test";
import { expect, test } from "./support/house";
import type { Person } from "./support/person";

const ADDRESS = /(\d{1,3}\.){3}\d{1,3}:\d+|localhost|\[[0-9a-f:]+\]:\d+/i;

async function keeps(page: Page, info: TestInfo, name: string): Promise<void> {
  await page.screenshot({ path: info.outputPath(`${name}.png`), animations: "disabled" });
}

/** Opens the test by the voice settings. */
async function opensTheTest({ page }: Person): Promise<void> {
  await page.getByRole("link", { name: "Settings" }).first().click();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Voice" }).click();
  await page.getByRole("link", { name: "Test the connection" }).click();
  await expect(page.getByRole("heading", { name: "Connection test" })).toBeVisible();
}

/** Runs the test to its end and returns what each way came to. */
async function runsTheTest({ page }: Person): Promise<Record<string, string>> {
  await page.getByRole("button", { name: "Start the test" }).click();
  await expect(page.getByText("The test is over.")).toBeVisible({ timeout: 90_000 });
  const rows = await page
    .locator("[data-way]")
    .evaluateAll((all) => all.map((row) => [row.getAttribute("data-way"), row.getAttribute("data-state")]));
  return Object.fromEntries(rows) as Record<string, string>;
}

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html}`))).toEqual([]);
}

test("every way that the server offers works, in a call", async ({ server, sitsDown }, info) => {
  const anna = await sitsDown("Anna", server.url, { tone: 0 });
  const { page } = anna;
  await anna.becomesOwner();
  await anna.joinsVoice();
  await opensTheTest(anna);
  const ways = await runsTheTest(anna);
  await keeps(page, info, "ways");
  expect(ways).toMatchObject({ signalling: "works", udp: "works", "turn-udp": "works", "turn-tcp": "works" });
  for (const id of ["tcp", "turn-tls"]) expect(["works", "off"], `${id}: ${ways[id]}`).toContain(ways[id]);
  expect(ways.p2p).not.toBe("fails");
  await expect(page.getByText("Sound gets through", { exact: true })).toBeVisible();
  await expect(page.locator("[data-way=turn-tcp]")).toContainText(
    /connected in \d+ ms · delay [\d.]+ ms · loss [\d.]+%/,
  );
  // The call has gone on, and the tests are gone.
  await expect(anna.dock.getByText("Connected", { exact: true })).toBeVisible();
  await expect.poll(() => server.metric("boltorezka_voice_tests")).toBe(0);
  expect(await server.metric("boltorezka_voice_tests_total")).toBeGreaterThan(3);
  expect(await server.metric("boltorezka_sfu_joins_total")).toBe(1);

  await page.getByRole("button", { name: "Record three seconds" }).click();
  await expect(page.getByText("Playing back")).toBeVisible();
  await expect(page.getByText(/^The microphone works; the loudest was -\d+ dB\.$/)).toBeVisible();

  const text = page.getByRole("textbox", { name: "The text to copy" });
  await expect(text).toHaveValue(/Relay \(TURN\), TCP: works, connected in \d+ ms/);
  await expect(text).not.toHaveValue(ADDRESS);
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await text.inputValue());
  await page.getByRole("switch", { name: "With network addresses" }).click();
  await expect(text).toHaveValue(ADDRESS);
  await isAccessible(page);
});

test.describe("with TURN off", () => {
  test.use({ serverEnv: { BOLTOREZKA_TURN_ADDR: "off" } });

  test("relays are off, and a denied microphone is told of with what to do", async ({
    server,
    sitsDown,
  }, info) => {
    const boris = await sitsDown("Boris", server.url, { microphone: "denied" });
    const { page } = boris;
    await boris.becomesOwner();
    // Before a call, on a phone.
    await opensTheTest(boris);
    await page.setViewportSize({ width: 390, height: 844 });
    const ways = await runsTheTest(boris);
    expect(ways).toMatchObject({ udp: "works", "turn-udp": "off", "turn-tcp": "off", "turn-tls": "off" });
    await expect(page.locator("[data-way=turn-udp]")).toContainText("The server offers none.");
    await keeps(page, info, "phone");
    await page.getByRole("button", { name: "Record three seconds" }).click();
    const told = page.locator("#main").getByRole("alert");
    await expect(told).toContainText("Click the icon left of the address, allow the microphone");
    await expect(told).toContainText("mic_denied · MicrophoneDenied");
    await expect(page.getByRole("textbox", { name: "The text to copy" })).toHaveValue(/: mic_denied/);
    await isAccessible(page);
    await keeps(page, info, "phone-denied");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    // In a call.
    expect(await server.metric("boltorezka_voice_failures_total")).toBe(0);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole("link", { name: "General" }).click();
    await boris.joinsVoice();
    const alert = boris.dock.getByRole("alert");
    await expect(alert).toContainText("mic_denied · MicrophoneDenied");
    await expect.poll(() => server.metric("boltorezka_voice_failures_total")).toBe(1);
    await alert.getByRole("link", { name: "Test the connection" }).click();
    await expect(page.getByRole("heading", { name: "Connection test" })).toBeVisible();
    await keeps(page, info, "denied");
  });
});
