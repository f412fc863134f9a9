import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { installProbe, probeSource, readProbe } from "./probe";

/** A browser may take its time to start on a busy machine. */
const LAUNCH_MS = 120_000;
const PATIENCE_MS = 60_000;

/** A guest at a Firefox, whose microphone is Firefox's own fake tone. */
export class FirefoxGuest {
  private constructor(
    readonly name: string,
    private readonly page: Page,
    private readonly browser: Browser,
    private readonly sound: ChildProcess,
    private readonly folder: string,
  ) {}

  static async sitsDown(name: string, invite: string): Promise<FirefoxGuest> {
    const folder = mkdtempSync(join(tmpdir(), "boltorezka-firefox-"));
    const { socket, sound } = await soundServer(folder);
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
      env: { ...process.env, HOME: folder, PULSE_SERVER: `unix:${socket}` },
      extraPrefsFirefox: {
        "intl.accept_languages": "en",
        "media.autoplay.default": 0,
        "media.navigator.streams.fake": true,
        "media.navigator.permission.disabled": true,
        "media.peerconnection.ice.loopback": true,
        "media.peerconnection.ice.obfuscate_host_addresses": false,
      },
      timeout: LAUNCH_MS,
    });
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.evaluateOnNewDocument(installProbe, probeSource(false));
    await page.evaluateOnNewDocument(() => {
      const plain = { noiseSuppression: false, echoCancellation: false, autoGainControl: false, cues: false };
      localStorage.setItem("boltorezka.preferences", JSON.stringify({ language: "en", ...plain }));
    });
    await page.goto(invite);
    return new FirefoxGuest(name, page, browser, sound, folder);
  }

  async comesAsGuest(): Promise<void> {
    await this.page.locator("form input").fill(this.name);
    await this.clicks("Join", () => document.querySelector("form input") === null);
  }

  async joinsVoice(): Promise<void> {
    await this.clicks("Join voice", () => {
      const dock = document.querySelector('[aria-label="Your voice"] [role="status"]');
      return dock?.textContent === "Connected";
    });
  }

  reads() {
    return this.page.evaluate(readProbe);
  }

  async rejoins(): Promise<void> {
    await this.clicks("Leave voice", () => document.querySelector('[aria-label="Leave voice"]') === null);
    await this.joinsVoice();
  }

  async leavesTheHouse(): Promise<void> {
    await this.browser.close();
    if (this.sound.exitCode === null && this.sound.kill()) await once(this.sound, "exit");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Clicks the button of that name until it has come about, as the page may move under the pointer. */
  private async clicks(name: string, done: () => boolean): Promise<void> {
    let last = 0;
    for (const began = Date.now(); !(await this.page.evaluate(done)); ) {
      if (Date.now() - began > PATIENCE_MS) {
        const shown = await this.page.evaluate(() => document.body.innerText);
        throw new Error(`${name}: clicked in vain: ${shown}`);
      }
      if (Date.now() - last >= 3_000) {
        const there = await this.page.evaluateHandle(
          (called) =>
            [...document.querySelectorAll<HTMLButtonElement>("button:enabled")].find(
              (b) => b.ariaLabel === called || b.textContent?.trim() === called,
            ) ?? null,
          name,
        );
        const button = there.asElement();
        if (button) {
          last = Date.now();
          await (button as unknown as { click(): Promise<void> }).click().catch(() => {}); // gone meanwhile
        }
      }
      await new Promise((r) => setTimeout(r, 50));
    }
  }
}

/** Firefox plays to a sound server or not at all: one of our own, that plays to nobody. */
async function soundServer(folder: string): Promise<{ socket: string; sound: ChildProcess }> {
  const socket = join(folder, "sound.socket");
  const args = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"];
  args.push("-L", "module-null-sink", "-L", `module-native-protocol-unix auth-anonymous=1 socket=${socket}`);
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder };
  const sound = spawn("pulseaudio", args, { env, stdio: "ignore" });
  // A run that is broken off leaves nothing behind.
  const ends = () => sound.kill();
  process.once("exit", ends);
  sound.once("exit", () => process.off("exit", ends));
  for (let i = 0; !existsSync(socket); i++) {
    if (sound.exitCode !== null || i === 400) throw new Error("no sound server");
    await new Promise((r) => setTimeout(r, 25));
  }
  return { socket, sound };
}
