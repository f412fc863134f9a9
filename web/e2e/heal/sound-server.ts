import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A sound server of one's own, whose microphones each give a steady tone and can be pulled out. */
export class SoundServer {
  private constructor(
    private readonly process: ChildProcess,
    private readonly socket: string,
    private readonly folder: string,
  ) {}

  static async starts(): Promise<SoundServer> {
    const folder = mkdtempSync(join(tmpdir(), "boltorezka-sound-"));
    const socket = join(folder, "sound.socket");
    const args = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"];
    args.push(
      "-L",
      "module-null-sink",
      "-L",
      `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    );
    const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder };
    const child = spawn("pulseaudio", args, { env, stdio: "ignore" });
    // A run that is broken off leaves nothing behind.
    const ends = () => child.kill();
    process.once("exit", ends);
    child.once("exit", () => process.off("exit", ends));
    for (let i = 0; !existsSync(socket); i++) {
      if (child.exitCode !== null || i === 400) throw new Error("no sound server");
      await new Promise((r) => setTimeout(r, 25));
    }
    return new SoundServer(child, socket, folder);
  }

  /** What a browser needs to use it. */
  get env(): Record<string, string> {
    return { PULSE_SERVER: `unix:${this.socket}`, HOME: this.folder };
  }

  /** Plugs a microphone in and returns the way to pull it out. */
  plugs(name: string, hz: number): () => void {
    const module = this.control(
      "load-module",
      "module-sine-source",
      `source_name=${name}`,
      `frequency=${hz}`,
    ).trim();
    return () => void this.control("unload-module", module);
  }

  /** Makes a microphone the system's default. */
  prefers(name: string): void {
    this.control("set-default-source", name);
  }

  async stops(): Promise<void> {
    if (this.process.exitCode === null && this.process.kill()) await once(this.process, "exit");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private control(...args: string[]): string {
    return execFileSync("pactl", args, { env: { ...process.env, ...this.env } }).toString();
  }
}
