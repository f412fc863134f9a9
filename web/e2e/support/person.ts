import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  expect,
  type Page,
} from "@playwright/test";
import { writeBursts } from "./bursts";
import { holdToContract } from "./contract";
import { BLOCKS, earWorklet, installEar, TONES } from "./ear";
import { writeTone } from "./tone";

/** Amplitude from which a tone counts as heard; the microphones send 0.24. */
export const AUDIBLE = 0.04;

export const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

interface PersonOptions extends BrowserContextOptions {
  /** Which of TONES the microphone is; none: no fake device, the browser's own answer. */
  tone?: number;
  /** The tone comes a second on, a second off. */
  bursts?: boolean;
  /** A WAV file that is the microphone, over and over, in place of a tone. */
  recording?: string;
  /** Called before the page is made. */
  prepare?: (context: BrowserContext) => Promise<unknown>;
  /** Whether what is played is measured; so it is for whoever has a tone. */
  ear?: boolean;
  /** Kept choices of the app that differ from those of a test. */
  preferences?: Record<string, unknown>;
  /** What the browser answers when the page asks for the microphone. */
  microphone?: "granted" | "denied" | "absent";
  /** Whether the microphones are those that the system has, in place of fake ones. */
  devices?: boolean;
  /** The program to start in place of the browser itself, which starts it elsewhere. */
  executable?: string;
  /** More of the browser's switches. */
  switches?: string[];
  /** The browser's environment, beside the tests' own. */
  env?: Record<string, string>;
}

/** One person at a browser of their own, with a tone for a voice. */
export class Person {
  private constructor(
    readonly name: string,
    readonly page: Page,
    readonly context: BrowserContext,
    private readonly browser: Browser,
    private readonly folder: string,
    readonly errors: string[],
    /** What the page heard or said that is not in the contract. */
    readonly breaches: string[],
  ) {}

  static async sitsDown(name: string, url: string, options: PersonOptions = {}): Promise<Person> {
    const {
      tone,
      bursts = false,
      recording,
      prepare,
      ear = tone !== undefined,
      preferences = {},
      microphone = "granted",
      devices = false,
      executable = chromiumPath,
      switches = [],
      env = {},
      ...context
    } = options;
    const folder = mkdtempSync(join(tmpdir(), "boltorezka-person-"));
    const args = [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-background-timer-throttling",
      "--disable-renderer-backgrounding",
      "--autoplay-policy=no-user-gesture-required",
      "--allow-loopback-in-peer-connection",
      ...switches,
    ];
    if (microphone !== "absent" && !devices) args.push("--use-fake-device-for-media-stream");
    if (microphone === "granted") args.push("--use-fake-ui-for-media-stream");
    if (microphone === "denied") args.push("--deny-permission-prompts");
    if (recording !== undefined) args.push(`--use-file-for-fake-audio-capture=${recording}`);
    else if (tone !== undefined) {
      const file = join(folder, "microphone.wav");
      (bursts ? writeBursts : writeTone)(file, TONES[tone] as number);
      args.push(`--use-file-for-fake-audio-capture=${file}`);
    }
    const browser = await chromium.launch({
      executablePath: executable,
      args,
      env: { ...(process.env as Record<string, string>), ...env },
    });
    const ctx = await browser.newContext({
      locale: "en-GB",
      viewport: { width: 1280, height: 800 },
      // The ear is a worklet from a blob, which the server's policy rightly
      // forbids; whoever has no ear runs under that policy.
      bypassCSP: ear,
      ...context,
    });
    if (microphone === "granted")
      await ctx.grantPermissions(["microphone", "clipboard-read", "clipboard-write"]);
    if (ear) await ctx.addInitScript(installEar, earWorklet);
    // A steady tone is noise to the browser's voice processing.
    await ctx.addInitScript((chosen) => {
      const key = "boltorezka.preferences";
      const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
      const plain = { noiseSuppression: false, echoCancellation: false, autoGainControl: false, cues: false };
      localStorage.setItem(key, JSON.stringify({ ...plain, ...chosen, ...kept }));
    }, preferences);
    await prepare?.(ctx);
    const page = await ctx.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      // Whoever is not signed in is told so by a 401.
      if (message.type() === "error" && !message.location().url.endsWith("/v1/auth/me"))
        errors.push(message.text());
    });
    const breaches: string[] = [];
    holdToContract(page, (what) => breaches.push(what));
    await page.goto(url);
    return new Person(name, page, ctx, browser, folder, errors, breaches);
  }

  async leavesTheHouse(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Creates the first account of a new server. */
  async becomesOwner(password = "correct horse battery"): Promise<void> {
    await this.page.getByLabel("Name", { exact: true }).fill(this.name);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.seesTheRoom("General");
  }

  /** Comes in by an invite link, as a guest. */
  async comesAsGuest(): Promise<void> {
    await this.page.getByLabel("Name", { exact: true }).fill(this.name);
    await this.page.getByRole("button", { name: "Join", exact: true }).click();
    await this.seesTheRoom("General");
  }

  async seesTheRoom(title: string): Promise<void> {
    await expect(this.page.getByRole("heading", { name: title, level: 1 })).toBeVisible();
  }

  /** Opens the settings of the room that is open. */
  async editsTheRoom(): Promise<void> {
    await this.page.getByRole("button", { name: "More about this room" }).click();
    await this.page.getByRole("menuitem", { name: "Edit room" }).click();
  }

  /** Makes an invite link through the dialog and returns it. */
  async invites(): Promise<string> {
    await this.page.getByRole("button", { name: "Invite people" }).first().click();
    await this.page.getByRole("button", { name: "Create link" }).click();
    const link = await this.page.getByLabel("Invite link").inputValue();
    await this.page.keyboard.press("Escape");
    return link;
  }

  async joinsVoice(): Promise<void> {
    await this.page.getByRole("button", { name: "Join voice", exact: true }).first().click();
    await this.isConnected();
  }

  async isConnected(): Promise<void> {
    await expect(this.page.getByRole("button", { name: "Leave voice" }).first()).toBeVisible();
    await expect(this.dock.getByText("Connected", { exact: true })).toBeVisible();
  }

  async leavesVoice(): Promise<void> {
    await this.page.getByRole("button", { name: "Leave voice" }).first().click();
    await expect(this.page.getByRole("button", { name: "Join voice", exact: true }).first()).toBeVisible();
  }

  async writes(text: string): Promise<void> {
    const field = this.page.getByRole("textbox", { name: /^Write to/ });
    await field.fill(text);
    await field.press("Enter");
  }

  /** The stored and waiting messages that the page shows, oldest first, as "Name: text". */
  async reads(): Promise<string[]> {
    return this.page
      .locator("[data-message]")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label") ?? ""));
  }

  /** Waits until exactly these messages are shown, in this order. */
  async readsExactly(messages: string[]): Promise<void> {
    await expect.poll(() => this.reads(), { message: `${this.name} reads` }).toEqual(messages);
  }

  get dock() {
    return this.page.getByRole("region", { name: "Your voice" });
  }

  /** How many blocks of 10 ms were played so far. */
  async now(): Promise<number> {
    return this.page.evaluate(
      () => (window as unknown as { __ear: { blocks: number[][] } }).__ear.blocks.length,
    );
  }

  /** The amplitudes of a tone in the blocks [from, to). */
  async played(tone: number, from: number, to?: number): Promise<number[]> {
    return this.page.evaluate(
      ([t, a, b]) =>
        (window as unknown as { __ear: { blocks: number[][] } }).__ear.blocks
          .slice(a as number, b ?? undefined)
          .map((levels) => levels[t as number] as number),
      [tone, from, to ?? null] as const,
    );
  }

  /** Whether a tone was played most of the last half second. */
  async hears(tone: number): Promise<boolean> {
    const end = await this.now();
    const levels = await this.played(tone, Math.max(0, end - BLOCKS / 2), end);
    return levels.length > 0 && levels.filter((x) => x > AUDIBLE).length > levels.length * 0.8;
  }

  /** Waits until exactly these tones are heard. */
  async hearsExactly(...tones: number[]): Promise<void> {
    await expect
      .poll(
        async () => {
          const heard = [];
          for (let i = 0; i < TONES.length; i++) if (await this.hears(i)) heard.push(i);
          return heard.join();
        },
        { message: `${this.name} hears the tones ${tones.join()}`, timeout: 20_000 },
      )
      .toBe(tones.join());
  }
}

export interface Transition {
  /** The longest stretch without the tone, ms. */
  gapMs: number;
  /** How long the tone was half as loud again as before, ms. */
  doubledMs: number;
}

/** What happened to a tone between two moments, against its level before. */
export function judge(levels: number[]): Transition {
  const sorted = [...levels].sort((a, b) => a - b);
  const usual = sorted[Math.floor(sorted.length / 2)] ?? 0;
  let gap = 0;
  let run = 0;
  let doubled = 0;
  for (const x of levels) {
    run = x < usual / 4 ? run + 1 : 0;
    gap = Math.max(gap, run);
    if (x > usual * 1.5) doubled++;
  }
  return { gapMs: (gap * 1000) / BLOCKS, doubledMs: (doubled * 1000) / BLOCKS };
}
