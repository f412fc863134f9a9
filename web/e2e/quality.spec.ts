import AxeBuilder from "@axe-core/playwright";
import { devices, type Page } from "@playwright/test";
import { qualityWord, type Word } from "../src/core/testing/quality-word";
import { expect, test } from "./support/house";
import type { Person } from "./support/person";

const phone = {
  viewport: { width: 390, height: 844 },
  userAgent: devices["Pixel 7"]?.userAgent ?? "",
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

/** Keeps the page's connections, and lets a test speak for the server of voice.quality. */
function installWord() {
  const connections: RTCPeerConnection[] = [];
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  let word: object | null = null;
  let hear: ((event: { data: string }) => void) | null = null;
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    override set onmessage(listener: ((event: { data: string }) => void) | null) {
      hear = listener;
      super.onmessage = (event: MessageEvent<string>) => {
        const message = JSON.parse(event.data);
        // What the server itself says of the line stays unsaid, and keeps its place.
        if (word && message.type === "voice.quality")
          listener?.({ data: JSON.stringify({ ...message, payload: word }) });
        else listener?.(event);
      };
    }
  };
  const say = (payload: object) => {
    word = payload;
    hear?.({ data: JSON.stringify({ type: "voice.quality", payload }) });
  };
  Object.assign(window, { __connections: connections, __say: say });
}

const says = (person: Person, word: Word) =>
  person.page.evaluate(
    (payload) => (window as unknown as { __say(payload: object): void }).__say(payload),
    qualityWord(word),
  );

/** What each layer sends in the next half second, bit/s, and what it is asked for. */
const sends = (person: Person) =>
  person.page.evaluate(async () => {
    const { __connections } = window as unknown as { __connections: RTCPeerConnection[] };
    const pc = __connections.findLast((one) => one.connectionState === "connected");
    const read = async () => {
      const reports = [...((await pc?.getStats()) ?? new Map()).values()];
      const lines = reports.filter((report) => report.type === "outbound-rtp");
      return lines.sort((a, b) => Number(a.mid) - Number(b.mid));
    };
    const before = await read();
    await new Promise((done) => setTimeout(done, 500));
    const after = await read();
    return after.map((line, i) => ({
      rate: (line.bytesSent - (before[i]?.bytesSent ?? 0)) * 16,
      asked: line.targetBitrate as number | undefined,
    }));
  });

async function isAccessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
    await page.waitForTimeout(200); // what fades has arrived
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html} ${n.failureSummary}`));
    expect.soft(found, `${what}, ${colorScheme}`).toEqual([]);
  }
}

/** The mark in the dock; how good it is on a busy machine is not for a test to say. */
const mark = (person: Person, quality: string | RegExp = /(Good|Fair|Poor) connection$/) =>
  person.dock
    .getByRole("button", { name: "Connection details" })
    .and(person.page.getByRole("button", { name: quality }));
/** Whoever is in a call is heard somehow, and it is said how. */
const KNOWN = /^heard (well|with (small|many) gaps)$/;
const panel = (person: Person) => person.page.getByRole("dialog", { name: "Connection details" });
const value = async (person: Person, figure: string) =>
  Number.parseFloat((await panel(person).locator(`[data-value=${figure}]`).textContent()) ?? "");

test.describe("on the server", () => {
  test.use({ serverEnv: { BOLTOREZKA_VOICE_P2P_MAX: "0" } });

  test("the details of a call are live, and the page does what the server wants", async ({
    server,
    sitsDown,
  }, info) => {
    const anna = await sitsDown("Anna", server.url, { tone: 0 });
    await anna.context.addInitScript(installWord);
    await anna.page.reload();
    await anna.becomesOwner();
    const boris = await sitsDown("Boris", await anna.invites(), { tone: 1, ...phone });
    await boris.comesAsGuest();
    await anna.joinsVoice();
    await boris.joinsVoice();
    await anna.hearsExactly(1);
    await boris.hearsExactly(0);

    await expect(mark(anna)).toBeVisible();
    const heard = anna.page
      .getByRole("region", { name: "In voice in this room" })
      .getByRole("button", { name: /^Boris/ });
    await expect(heard).toHaveAccessibleDescription(KNOWN);

    await mark(anna).focus();
    await anna.page.keyboard.press("Enter");
    for (const [figure, least] of [
      ["rttMs", 0],
      ["jitterMs", 0],
      ["lossPct", 0],
      ["sendLossPct", 0],
      ["concealedPct", 0],
      ["bufferMs", 5],
      ["bitrateKbps", 15],
      ["sendKbps", 15],
    ] as const)
      await expect.poll(() => value(anna, figure), { message: figure }).toBeGreaterThanOrEqual(least);
    await expect(panel(anna).getByText(/^Via server · UDP · \w+$/)).toBeVisible();
    const drawn = () =>
      panel(anna)
        .locator("figure path")
        .evaluateAll((all) => all.map((p) => p.getAttribute("d")).join());
    const before = await drawn();
    await expect.poll(drawn).not.toBe(before);
    await anna.page.screenshot({ path: info.outputPath("details.png") });
    await isAccessible(anna.page, "the details");

    // The thumb's page, while somebody speaks on it.
    await mark(boris).tap();
    await expect.poll(() => value(boris, "bitrateKbps")).toBeGreaterThan(15);
    await boris.page.screenshot({ path: info.outputPath("phone-details.png") });
    await isAccessible(boris.page, "the details on a phone");
    const wide = await boris.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(wide).toBe(false);

    // The server's word, as it will come over a bad line. What it said of a busy machine is over.
    await says(anna, {});
    await anna.page.waitForTimeout(500);
    const [high, low] = await sends(anna);
    expect(high?.rate).toBeGreaterThan(15_000);
    expect(low?.rate).toBe(0);
    await says(anna, {
      downlink: { state: "fair", layer: "low", redundancy: 2, reason: "loss" },
      uplink: { maxBitrate: 24_000, layers: ["high", "low"], redundancy: 1, lossPct: 12 },
    });
    await anna.page.waitForTimeout(500);
    const [lessHigh, moreLow] = await sends(anna);
    expect(lessHigh?.asked).toBe(24_000);
    expect(moreLow?.asked).toBe(16_000);
    expect(moreLow?.rate).toBeGreaterThan(5_000);
    await expect(
      panel(anna).getByText("Low bitrate · 2 repeated frames a packet – packets are lost"),
    ).toBeVisible();
    await expect(panel(anna).getByText("full and low bitrate")).toBeVisible();
    await expect(mark(anna, "Poor connection")).toBeVisible();
    await expect(heard).toHaveAccessibleDescription(/^heard with (small|many) gaps$/);
    await anna.page.screenshot({ path: info.outputPath("details-bad-line.png") });
    await boris.hearsExactly(0);

    await says(anna, { uplink: { layers: ["low"] } });
    await anna.page.waitForTimeout(500);
    expect((await sends(anna)).map(({ rate }) => rate > 0)).toEqual([false, true]);
    await says(anna, { uplink: { layers: ["high"] } });
    await anna.page.waitForTimeout(500);
    expect((await sends(anna)).map(({ rate }) => rate > 0)).toEqual([true, false]);
    await boris.hearsExactly(0);

    await anna.page.keyboard.press("Escape");
    await expect(panel(anna)).toBeHidden();
    await expect(mark(anna)).toBeFocused();
  });
});

test("the marks and details of a pair are the pair's own", async ({ server, sitsDown }) => {
  const anna = await sitsDown("Anna", server.url, { tone: 0 });
  await anna.becomesOwner();
  const boris = await sitsDown("Boris", await anna.invites(), { tone: 1 });
  await boris.comesAsGuest();
  await anna.joinsVoice();
  await boris.joinsVoice();
  await expect(anna.page.getByRole("main").getByText("Direct", { exact: true })).toBeVisible();
  await anna.hearsExactly(1);
  await expect(mark(anna)).toBeVisible();
  await mark(anna).click();
  await expect(panel(anna).getByText(/^Direct · UDP · \w+$/)).toBeVisible();
  await expect.poll(() => value(anna, "bitrateKbps")).toBeGreaterThan(15);
  await expect.poll(() => value(anna, "sendKbps")).toBeGreaterThan(15);
  await expect(panel(anna).getByText("What you get")).toHaveCount(0);
  const heard = anna.page
    .getByRole("region", { name: "In voice in this room" })
    .getByRole("button", { name: /^Boris/ });
  await anna.page.keyboard.press("Escape");
  await expect(heard).toHaveAccessibleDescription(KNOWN);
});
