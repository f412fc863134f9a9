import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "@playwright/test";
import { Person } from "../e2e/support/person";
import { Server } from "../e2e/support/server";
import { FirefoxGuest } from "./firefox";
import { Link, type LinkFigures } from "./link";
import { installProbe, probeSource, type Reading, readProbe } from "./probe";
import { isQuiet, says, talks } from "./speech";

/** How often pages and links are read, ms. */
export const READ_MS = 200;

/** What was read of one person, in order. */
export interface Trace {
  readings: Reading[];
  link: { at: number; up: LinkFigures; down: LinkFigures }[];
}

/** What somebody has in place of a talk and of the ears of `installProbe`. */
export interface Equipment {
  /** Writes the file that is the microphone into a folder, and returns its path. */
  recording?: (folder: string) => string;
  prepare?: (context: BrowserContext) => Promise<unknown>;
}

interface Guest {
  readonly name: string;
  reads(): Promise<Reading>;
  rejoins(): Promise<void>;
  leavesTheHouse(): Promise<void>;
}

interface Seat extends Guest {
  trace: Trace;
  /** Becomes true when it is to end; then `read` resolves. */
  ended: boolean;
  read: Promise<void>;
}

/** A server with a bad network in front of it, and people in a call who are read all the time. */
export class Call {
  private readonly seats: Seat[] = [];
  private owner: Person | null = null;
  private invite = "";

  private constructor(
    readonly server: Server,
    readonly link: Link,
    private readonly folder: string,
  ) {}

  static async begins(env: Record<string, string> = {}): Promise<Call> {
    const address = ownAddress();
    const port = await freePort(address);
    const link = await Link.start(`${address}:${port}`, `127.0.0.1:${port}`);
    const server = await Server.start({
      BOLTOREZKA_SFU_UDP_ADDR: `127.0.0.1:${port}`,
      BOLTOREZKA_SFU_TCP_ADDR: "off", // it would go round the bad network
      BOLTOREZKA_SFU_ADVERTISE_IPS: address,
      BOLTOREZKA_TURN_ADDR: "off",
      BOLTOREZKA_VOICE_P2P_MAX: "0",
      ...env,
    });
    return new Call(server, link, mkdtempSync(join(tmpdir(), "boltorezka-speech-")));
  }

  /**
   * Somebody comes in at a Chromium, the first as the owner, and joins the voice.
   * Who has neither a talk nor a recording is quiet.
   */
  async joins(name: string, own?: Equipment): Promise<Person> {
    const talk = name in talks && !own ? says(name, this.folder) : isQuiet(this.folder);
    const person = await Person.sitsDown(name, this.owner ? this.invite : this.server.url, {
      recording: own?.recording?.(this.folder) ?? talk,
      bypassCSP: true,
      prepare: async (context) => {
        await context.addInitScript(installProbe, probeSource(!own));
        await own?.prepare?.(context);
      },
    });
    this.watch({
      name,
      reads: () => person.page.evaluate(readProbe),
      rejoins: async () => {
        await person.leavesVoice();
        await person.joinsVoice();
      },
      leavesTheHouse: () => person.leavesTheHouse(),
    });
    if (this.owner) await person.comesAsGuest();
    else {
      this.owner = person;
      await person.becomesOwner();
      this.invite = await person.invites();
    }
    await person.joinsVoice();
    return person;
  }

  /** Somebody comes in at a Firefox; the owner is there already. */
  async joinsByFirefox(name: string): Promise<void> {
    const guest = await FirefoxGuest.sitsDown(name, this.invite);
    this.watch(guest);
    await guest.comesAsGuest();
    await guest.joinsVoice();
  }

  /** What was read of a person up to now. */
  traceOf(name: string): Trace {
    return this.seat(name).trace;
  }

  /** Leaves the voice and joins it anew: no buffer and no step is left of what was before. */
  async rejoins(name: string): Promise<void> {
    await this.seat(name).rejoins();
  }

  /** Forgets what was read, so that hours of it are not kept. */
  forget(): void {
    for (const { trace } of this.seats) {
      // What is told on change only still holds.
      const all = trace.readings.flatMap((r) => r.heard);
      const word = all.findLast(({ type }) => type === "voice.quality");
      const heard = all.filter((told) => told.type !== "voice.quality" || told === word);
      const last = trace.readings.at(-1);
      trace.readings = last ? [{ ...last, heard, levels: [], ufrags: [] }] : [];
      trace.link = [];
    }
  }

  async ends(): Promise<void> {
    for (const seat of this.seats) seat.ended = true;
    await Promise.all(this.seats.map(({ read }) => read));
    await Promise.all(this.seats.map((seat) => seat.leavesTheHouse()));
    await this.server.stop();
    await this.link.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private seat(name: string): Seat {
    const seat = this.seats.find((s) => s.name === name);
    if (!seat) throw new Error(`${name} is not here`);
    return seat;
  }

  private watch(guest: Guest): void {
    const seat: Seat = Object.assign(guest, {
      trace: { readings: [], link: [] },
      ended: false,
      read: Promise.resolve(),
    });
    seat.read = this.reads(seat);
    this.seats.push(seat);
  }

  private async reads(seat: Seat): Promise<void> {
    while (!seat.ended) {
      const next = Date.now() + READ_MS;
      // A page on its way to another has no answer.
      const reading = await seat.reads().catch(() => null);
      if (reading) {
        for (const ufrag of reading.ufrags) await this.link.bind(ufrag, seat.name);
        seat.trace.readings.push(reading);
      }
      seat.trace.link.push({ at: Date.now(), ...(await this.link.read(seat.name)) });
      await new Promise((r) => setTimeout(r, Math.max(0, next - Date.now())));
    }
  }
}

/** Where browsers find the link: an address of this machine, for Firefox sends nothing to loopback. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.2";
}

/** A port that is free on the link's address; on the server's it is as good as always free too. */
async function freePort(address: string): Promise<number> {
  const socket = createSocket("udp4").bind(0, address);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
