import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const repository = resolve(import.meta.dirname, "../../..");

/** What one voice told of itself; see faults/voices. */
export interface Account {
  at: number;
  name: string;
  state: string;
  people: string[];
  /** Packets so far, by whose they are. */
  heard: Record<string, number>;
}

/** People without browsers who listen in General, through our own Go client. */
export class Voices {
  readonly accounts: Account[] = [];

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async enter(url: string, invite: string, ...names: string[]): Promise<Voices> {
    const folder = mkdtempSync(join(tmpdir(), "boltorezka-voices-"));
    const binary = join(folder, "voices");
    execFileSync("go", ["build", "-o", binary, "./faults/voices"], { cwd: repository, stdio: "inherit" });
    const child = spawn(binary, [url, invite, ...names], { stdio: ["pipe", "pipe", "inherit"] });
    const voices = new Voices(child, folder);
    createInterface(child.stdout).on("line", (line) =>
      voices.accounts.push({ at: Date.now(), ...JSON.parse(line) }),
    );
    for (let i = 0; voices.accounts.length < names.length; i++) {
      if (child.exitCode !== null || i === 400) throw new Error("the voices do not come");
      await new Promise((r) => setTimeout(r, 50));
    }
    return voices;
  }

  /** The newest of each. */
  now(): Map<string, Account> {
    return new Map(this.accounts.map((account) => [account.name, account]));
  }

  /**
   * When, in ms after `began`, each of them heard `talkers` people again for good; null:
   * somebody does not.
   */
  backAfter(began: number, talkers: number): number | null {
    let worst = 0;
    for (const name of this.now().keys()) {
      const his = this.accounts.filter((account) => account.name === name && account.at >= began);
      let back: number | null = null;
      for (let i = 1; i < his.length; i++) {
        const [before, now] = [his[i - 1] as Account, his[i] as Account];
        const grown = Object.keys(now.heard).filter((id) => (now.heard[id] ?? 0) > (before.heard[id] ?? 0));
        if (grown.length < talkers) back = null;
        else back ??= now.at - began;
      }
      if (back === null) return null;
      worst = Math.max(worst, back);
    }
    return worst;
  }

  async leave(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exit = once(this.process, "exit");
      this.process.stdin?.end();
      await exit;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
