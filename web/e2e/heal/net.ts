import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumPath } from "../support/person";
import type { Place } from "../support/server";

const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "pipe", "pipe"] }).toString();
const inside = (space: string, ...command: string[]) => ["netns", "exec", space, ...command];

/** Where one person's browser runs: a namespace with one interface. */
interface Seat {
  space: string;
  address: string;
}

/** What arrives at a person or at the server, as an nft rule. */
interface Arrival {
  at: string | "server";
  match: string;
}

/**
 * A network of Linux network namespaces: a switch at which the server stands
 * (the hub), and a place for each person. What is cut drops silently where it
 * arrives, as on a network that is dead.
 */
export class Net {
  private readonly seats = new Map<string, Seat>();
  private readonly rules = new Map<string, string[]>();
  private readonly folder = mkdtempSync(join(tmpdir(), "boltorezka-net-"));
  private nextHost = 11;

  private constructor(private readonly number: number) {}

  /** Why there can be no such network here; null: there can. */
  static missing(): string | null {
    if (process.platform !== "linux") return "network namespaces are Linux's";
    if (process.getuid?.() !== 0) return "network namespaces need root";
    for (const tool of ["ip", "nft"])
      if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `there is no ${tool}`;
    const probe = `heal-probe-${process.pid}`;
    const made = spawnSync("ip", ["netns", "add", probe]);
    if (made.status !== 0) return `no network namespaces: ${made.stderr}`;
    const table = spawnSync("ip", inside(probe, "nft", "add", "table", "inet", "heal"));
    const bridge = spawnSync("ip", ["-n", probe, "link", "add", "br0", "type", "bridge"]);
    spawnSync("ip", ["netns", "del", probe]);
    if (table.status !== 0) return `nft does not work here: ${table.stderr}`;
    return bridge.status === 0 ? null : `no bridges: ${bridge.stderr}`;
  }

  static lays(): Net {
    const taken = ip("netns", "list") + ip("-o", "addr");
    let number = process.pid % 200;
    while (taken.includes(`heal-${number}`) || taken.includes(` 10.77.${number}.`))
      number = (number + 1) % 200;
    const net = new Net(number);
    const { hub, uplink } = net;
    ip("netns", "add", hub);
    ip("-n", hub, "link", "set", "lo", "up");
    ip("-n", hub, "link", "add", "br0", "type", "bridge");
    ip("-n", hub, "addr", "add", `${net.server}/24`, "dev", "br0");
    ip("-n", hub, "link", "set", "br0", "up");
    // The tests themselves are on the switch too, and nothing is cut for them.
    ip("link", "add", uplink, "type", "veth", "peer", "name", "tests", "netns", hub);
    ip("-n", hub, "link", "set", "tests", "master", "br0", "up");
    ip("addr", "add", `10.77.${number}.254/24`, "dev", uplink);
    ip("link", "set", uplink, "up");
    return net;
  }

  /** The server's address. */
  get server(): string {
    return `10.77.${this.number}.1`;
  }

  /** Where the server is to run. */
  get place(): Place {
    return { command: ["ip", ...inside(this.hub)], host: this.server };
  }

  /** Makes a person's place and returns the program that starts a browser there. */
  seatsFor(name: string): string {
    const space = `${this.hub}-${name.toLowerCase()}`;
    const seat = { space, address: "" };
    ip("netns", "add", space);
    this.seats.set(name, seat);
    ip("-n", space, "link", "set", "lo", "up");
    const port = `p-${name.toLowerCase()}`;
    ip("-n", this.hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space);
    ip("-n", this.hub, "link", "set", port, "master", "br0", "up");
    ip("-n", space, "link", "set", "eth0", "up");
    this.addresses(seat);
    const program = join(this.folder, space);
    writeFileSync(program, `#!/bin/sh\nexec ip ${inside(space, chromiumPath).join(" ")} "$@"\n`);
    chmodSync(program, 0o755);
    return program;
  }

  addressOf(name: string): string {
    return this.seat(name).address;
  }

  /** Gives a person another address in place of the old one, as after a walk to another network. */
  moves(name: string): void {
    const seat = this.seat(name);
    ip("-n", seat.space, "addr", "flush", "dev", "eth0");
    this.addresses(seat);
  }

  /** Drops what matches an nft rule where it arrives: at a person, or at the server. Returns the end of it. */
  drops(...where: Arrival[]): () => void {
    return this.adds("drop", where);
  }

  /** Resets TCP connections that match. Returns the end of it. */
  resets(...where: Arrival[]): () => void {
    return this.adds("reject with tcp reset", where);
  }

  private adds(verdict: string, where: Arrival[]): () => void {
    const added = where.map(({ at, match }) => [this.space(at), `${match} ${verdict}`] as const);
    const touched = new Set(added.map(([space]) => space));
    for (const [space, rule] of added) this.rules.set(space, [...(this.rules.get(space) ?? []), rule]);
    for (const space of touched) this.applies(space);
    return () => {
      for (const [space, rule] of added) {
        const rules = this.rules.get(space) ?? [];
        rules.splice(rules.indexOf(rule), 1);
      }
      for (const space of touched) this.applies(space);
    };
  }

  /** The processes of a person's browser. */
  processes(name: string): number[] {
    return ip("netns", "pids", this.seat(name).space).split("\n").filter(Boolean).map(Number);
  }

  /** Signals each of them. */
  signals(name: string, signal: NodeJS.Signals): void {
    for (const pid of this.processes(name))
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended since.
      }
  }

  takesDown(): void {
    for (const { space } of this.seats.values()) spawnSync("ip", ["netns", "del", space]);
    spawnSync("ip", ["netns", "del", this.hub]);
    spawnSync("ip", ["link", "del", this.uplink]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The namespace of the switch and the server. */
  get hub(): string {
    return `heal-${this.number}`;
  }

  private get uplink(): string {
    return `heal-${this.number}`;
  }

  private addresses(seat: Seat): void {
    seat.address = `10.77.${this.number}.${this.nextHost++}`;
    ip("-n", seat.space, "addr", "add", `${seat.address}/24`, "dev", "eth0");
    ip("-n", seat.space, "route", "replace", "default", "via", this.server);
  }

  private seat(name: string): Seat {
    const seat = this.seats.get(name);
    if (!seat) throw new Error(`${name} has no place`);
    return seat;
  }

  private space(at: string): string {
    return at === "server" ? this.hub : this.seat(at).space;
  }

  private applies(space: string): void {
    const rules = (this.rules.get(space) ?? []).join("\n    ");
    const text = `add table inet heal
delete table inet heal
table inet heal {
  chain arriving {
    type filter hook prerouting priority -300;
    ${rules}
  }
}
`;
    execFileSync("ip", inside(space, "nft", "-f", "-"), { input: text });
  }
}
