import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const binary = process.env.BOLTOREZKA_BIN ?? resolve(import.meta.dirname, "../../../bin/boltorezka");

/**
 * A port that nobody has at the moment, neither of TCP nor of UDP, from below
 * those that the system gives out by itself: one of those may be somebody's
 * again before the server comes to it.
 */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const [tcp, udp] = [createServer(), createSocket("udp4")];
    try {
      await Promise.all([
        once(tcp.listen(port), "listening").then(() => tcp.close()),
        once(udp.bind(port), "listening").then(() => udp.close()),
      ]);
      return port;
    } catch {
      tcp.close();
    }
  }
  throw new Error("no port is free");
}

/** Where a server runs when not beside the tests. */
export interface Place {
  /** What the server's command begins with. */
  command: string[];
  /** An address that the tests reach it at; its ports there are the server's own. */
  host: string;
}

/** A real server, from the built binary, with a data folder of its own. */
export class Server {
  private process: ChildProcess | null = null;
  private log = "";
  private readonly data = mkdtempSync(join(tmpdir(), "boltorezka-e2e-"));

  private constructor(
    readonly url: string,
    readonly metricsUrl: string,
    private readonly env: Record<string, string>,
    private readonly command: string[] = [],
  ) {}

  /** Starts one in a place of its own: on the ports of the defaults, which nobody else has there. */
  static async startAt({ command, host }: Place, env: Record<string, string> = {}): Promise<Server> {
    const server = new Server(
      `http://${host}:8080`,
      `http://${host}:9090/metrics`,
      { BOLTOREZKA_OPS_ADDR: `${host}:9090`, BOLTOREZKA_LIMITS_RATE: "0", ...env },
      command,
    );
    await server.run();
    return server;
  }

  static async start(env: Record<string, string> = {}): Promise<Server> {
    const [http, ops, sfu, turn] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const server = new Server(`http://localhost:${http}`, `http://127.0.0.1:${ops}/metrics`, {
      BOLTOREZKA_HTTP_ADDR: `127.0.0.1:${http}`,
      BOLTOREZKA_OPS_ADDR: `127.0.0.1:${ops}`,
      BOLTOREZKA_SFU_UDP_ADDR: `:${sfu}`,
      BOLTOREZKA_SFU_TCP_ADDR: ":0",
      BOLTOREZKA_TURN_ADDR: `:${turn}`,
      BOLTOREZKA_LIMITS_RATE: "0",
      ...env,
    });
    await server.run();
    return server;
  }

  /** Starts the process (again) and waits until it answers. */
  async run(): Promise<void> {
    const [program, ...rest] = [...this.command, binary, "serve"];
    const child = spawn(program as string, rest, {
      env: { ...process.env, BOLTOREZKA_DATA_DIR: this.data, ...this.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    // A run that is broken off leaves nothing behind.
    const ends = () => child.kill("SIGKILL");
    process.once("exit", ends);
    child.once("exit", () => process.off("exit", ends));
    for (const out of [child.stdout, child.stderr]) out?.on("data", (chunk) => (this.log += chunk));
    for (let i = 0; i < 200; i++) {
      if (child.exitCode !== null) break;
      try {
        if ((await fetch(`${this.url}/health`)).ok) return;
      } catch {}
      await new Promise((r) => setTimeout(r, 50));
    }
    throw new Error(`the server does not start:\n${this.log}`);
  }

  /** Ends the process with a signal and waits for its end. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** The database's file; whoever writes it has ended the process before. */
  get database(): string {
    return join(this.data, "boltorezka.db");
  }

  async stop(): Promise<void> {
    await this.end();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Stops the process where it is, or lets it go on. */
  signals(signal: "SIGSTOP" | "SIGCONT"): void {
    this.process?.kill(signal);
  }

  /** One number of the Prometheus text, summed over its labels. */
  async metric(name: string): Promise<number> {
    let sum = 0;
    for (const value of (await this.metrics(name)).values()) sum += value;
    return sum;
  }

  /** The numbers of a name in the Prometheus text, by their labels as they are written there. */
  async metrics(name: string): Promise<Map<string, number>> {
    const text = await (await fetch(this.metricsUrl)).text();
    const found = new Map<string, number>();
    for (const line of text.split("\n")) {
      if (!line.startsWith(`${name} `) && !line.startsWith(`${name}{`)) continue;
      const end = line.lastIndexOf(" ");
      found.set(line.slice(name.length, end), Number(line.slice(end)));
    }
    return found;
  }

  get output(): string {
    return this.log;
  }
}
