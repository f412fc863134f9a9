import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const repository = resolve(import.meta.dirname, "../..");

/** What a direction of a link does; see link/impairment.go. */
export interface Impairment {
  /** The share of packets lost, 0 to 1. */
  loss?: number;
  /** The mean length of a run of losses; none: each is lost or not for itself. */
  burst?: number;
  delayMs?: number;
  /** The most that is added to the delay. */
  jitterMs?: number;
  reorder?: boolean;
  /** kbit/s with IP and UDP headers. */
  rateKbps?: number;
  /** What would wait longer is dropped. */
  queueMs?: number;
  outage?: boolean;
}

export type Direction = "up" | "down";

/** What a direction counted since it began; bytes with IP and UDP headers. */
export interface LinkFigures {
  packets: number;
  bytes: number;
  lost: number;
  full: number;
  queueMs: number;
  /** Since it was read before. */
  queuePeakMs: number;
}

interface Reply {
  error?: string;
  up?: LinkFigures;
  down?: LinkFigures;
}

/** The emulated network in front of the server: a link for each person. */
export class Link {
  private readonly waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  private ended: Error | null = null;

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Relays what comes to `listen` to `server`, both "host:port". */
  static async start(listen: string, server: string): Promise<Link> {
    const folder = mkdtempSync(join(tmpdir(), "boltorezka-link-"));
    const binary = join(folder, "link");
    execFileSync("go", ["build", "-o", binary, "./web/bench/link"], { cwd: repository, stdio: "inherit" });
    const link = new Link(spawn(binary, [listen, server], { stdio: ["pipe", "pipe", "inherit"] }), folder);
    const up = new Promise<Reply>((resolve, reject) => link.waiting.push({ resolve, reject }));
    const end = (error: Error) => {
      link.ended = error;
      for (const { reject } of link.waiting.splice(0)) reject(error);
    };
    link.process.on("error", end).on("exit", (code) => end(new Error(`the link ended with ${code}`)));
    if (link.process.stdout)
      createInterface(link.process.stdout).on("line", (line) => {
        const reply: Reply = JSON.parse(line);
        const asked = link.waiting.shift();
        if (reply.error) asked?.reject(new Error(reply.error));
        else asked?.resolve(reply);
      });
    await up;
    return link;
  }

  /** Says whose the browser with this ICE ufrag is; nothing passes of one that nobody named. */
  async bind(ufrag: string, person: string): Promise<void> {
    await this.tell({ op: "bind", ufrag, person });
  }

  /** Changes a direction of a person's link; what is not said is as on a good one. */
  async set(person: string, direction: Direction, impairment: Impairment): Promise<void> {
    await this.tell({ op: "set", person, direction, impairment });
  }

  async read(person: string): Promise<{ up: LinkFigures; down: LinkFigures }> {
    const { up, down } = await this.tell({ op: "read", person });
    if (!up || !down) throw new Error("the link has no figures");
    return { up, down };
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exit = once(this.process, "exit");
      this.process.stdin?.end();
      await exit;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private tell(order: object): Promise<Reply> {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.process.stdin?.write(`${JSON.stringify(order)}\n`);
    });
  }
}
