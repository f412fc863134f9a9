import { expect } from "@playwright/test";
import { keepConnections } from "../support/flow";
import { Person } from "../support/person";
import { Server } from "../support/server";
import { Net } from "./net";
import { type Healed, type Hearing, heals, loudness } from "./sound";

/** What a page says that it did to its path. */
export interface Repair {
  who: string;
  step: string;
  cause: string;
  ok: boolean;
  ms: number;
}

interface MendsOptions {
  /** How many are in the voice who are no people of this call. */
  others?: number;
  /** The fault ends the server, and what it has counted with it. */
  anew?: boolean;
  /** The fault lasts for longer than a session does: who was away joins anew, and a step that he had begun ends with the old one. */
  lapses?: boolean;
}

/** People in the voice of General, each at a browser in a namespace of their own. */
export class Call {
  readonly people: Person[] = [];
  /** What was told to the server of repairs since it was last looked at. */
  repairs: Repair[] = [];
  /** How often each page told of one-way sound. */
  oneWay = 0;
  private usual = 0;

  private constructor(
    readonly net: Net,
    readonly server: Server,
    readonly invite: string,
    private readonly token: string,
    private readonly roomId: string,
  ) {}

  static async begins(env: Record<string, string> = {}): Promise<Call> {
    const net = Net.lays();
    try {
      const server = await Server.startAt(net.place, { BOLTOREZKA_SFU_ADVERTISE_IPS: net.server, ...env });
      const says = () => /setup code (\S+)/.exec(server.output)?.[1];
      await expect.poll(says, { message: "the setup code" }).toBeTruthy();
      const owner = { name: "Olga", password: "correct horse battery", setupCode: says() };
      const { token } = await ask<{ token: string }>(server, "", "POST", "/v1/auth/register", owner);
      const { invite } = await ask<{ invite: { code: string } }>(server, token, "POST", "/v1/invites", {});
      const { rooms } = await ask<{ rooms: { id: string }[] }>(server, token, "GET", "/v1/rooms");
      return new Call(net, server, invite.code, token, rooms[0]?.id ?? "");
    } catch (reason) {
      net.takesDown();
      throw reason;
    }
  }

  /** Somebody comes and joins the voice, with a tone for a voice. */
  async joins(name: string, tone: number): Promise<Person> {
    const origin = this.server.url;
    const person = await Person.sitsDown(name, `${origin}/invite/${this.invite}`, {
      tone,
      executable: this.net.seatsFor(name),
      // A microphone is given to https and localhost only, and this is neither.
      switches: [`--unsafely-treat-insecure-origin-as-secure=${origin}`],
      prepare: (context) => context.addInitScript(keepConnections),
    });
    this.people.push(person);
    person.page.on("response", (response) => {
      const request = response.request();
      if (!request.url().endsWith("/v1/telemetry/web") || !response.ok()) return;
      const { event, meta } = request.postDataJSON() ?? {};
      if (event === "voice_repair") this.repairs.push({ who: name, ...meta });
      if (event === "one_way_audio") this.oneWay++;
    });
    await person.comesAsGuest();
    await person.joinsVoice();
    return person;
  }

  /** Lets the room be direct where it may, or holds it on the server, and waits until it is. */
  async goes(topologyPolicy: "auto" | "sfu"): Promise<void> {
    await this.asks("PATCH", `/v1/rooms/${this.roomId}`, { topologyPolicy });
    const words = topologyPolicy === "auto" ? "Direct" : "Via server";
    for (const { page } of this.people)
      await expect(page.getByText(words, { exact: true }).first()).toBeVisible({ timeout: 60_000 });
    await this.isWhole();
  }

  /** Everybody who hears everybody else. */
  private hearings(): Hearing[] {
    return this.people.flatMap((who) =>
      this.people
        .map((other, tone) => ({ who, tone, other }))
        .filter(({ other }) => other !== who)
        .map(({ tone }) => ({ who, tone })),
    );
  }

  /** Waits until everybody hears everybody, for a while without a break. */
  async isWhole(): Promise<void> {
    const hearings = this.hearings();
    await heals(hearings, () => {}, { atLeastMs: 1_000 });
    this.usual ||= Math.max(...(await Promise.all(hearings.map(loudness))));
  }

  /**
   * Breaks something and waits until all hear each other again: once each, and
   * no one is there twice. What the server has counted of it is what the pages
   * have told, and the last step of each has brought its path back.
   */
  async mends(
    fault: () => unknown,
    options: Parameters<typeof heals>[2] & MendsOptions = {},
  ): Promise<Healed & { repairs: Repair[] }> {
    this.repairs = [];
    const before = options.anew ? new Map<string, number>() : await this.counted();
    const hearings = this.hearings();
    const all = await heals(hearings, fault, options);
    await this.isWhole();
    for (const hearing of hearings) {
      const now = await loudness(hearing);
      expect(now / this.usual, `${hearing.who.name} hears tone ${hearing.tone} once`).toBeLessThan(1.5);
    }
    await this.roster(this.people, options.others);
    const since = async () => {
      const now = [...(await this.counted())].map(
        ([step, n]) => [step, n - (before.get(step) ?? 0)] as const,
      );
      return Object.fromEntries(now.filter(([, n]) => n !== 0));
    };
    await expect(async () =>
      expect(await since(), tellsOf(this.repairs)).toEqual(tally(this.repairs)),
    ).toPass({
      timeout: 10_000,
    });
    const repaired = options.lapses ? [] : this.repairs.map((one) => one.who);
    for (const who of new Set(repaired)) {
      const his = this.repairs.filter((one) => one.who === who);
      expect(his.at(-1)?.ok, `${who}: ${tellsOf(his)}`).toBe(true);
    }
    const worst = (key: keyof Healed) => Math.max(...all.map((healed) => healed[key]));
    return { backMs: worst("backMs"), gapMs: worst("gapMs"), repairs: this.repairs };
  }

  /** What the server has counted of repairs, by their labels. */
  private counted(): Promise<Map<string, number>> {
    return this.server.metrics("boltorezka_voice_repairs_total");
  }

  /** Waits until the server and every page say that exactly these people are in the voice. */
  async roster(people = this.people, others = 0): Promise<void> {
    const members = async () => this.server.metric("boltorezka_voice_members");
    await expect.poll(members, { message: "in voice" }).toBe(people.length + others);
    const peers = async () => this.server.metric("boltorezka_sfu_peers");
    await expect.poll(peers, { message: "peers of the SFU" }).toBe(people.length + others);
    for (const { page } of people)
      await expect(
        page.getByRole("region", { name: "In voice in this room" }).getByRole("listitem"),
      ).toHaveCount(people.length + others);
  }

  async asks<T>(method: string, path: string, body?: unknown): Promise<T> {
    return ask<T>(this.server, this.token, method, path, body);
  }

  async ends(): Promise<void> {
    await Promise.all(this.people.map((person) => person.leavesTheHouse().catch(() => {})));
    await this.server.stop();
    this.net.takesDown();
  }
}

/** Repairs in words. */
export function tellsOf(repairs: Repair[]): string {
  return repairs
    .map(({ who, step, cause, ok, ms }) => `${who} ${step} for ${cause}: ${ok ? "ok" : "failed"} in ${ms} ms`)
    .join(", ");
}

/** One person's path alone was mended, for one of these causes, and by the first step that does it. */
export function mendedOnce(repairs: Repair[], who: string, ...causes: string[]): void {
  const words = tellsOf(repairs);
  for (const one of repairs) expect([one.who, causes.includes(one.cause)], words).toEqual([who, true]);
  const ladder = ["ice_restart", "new_peer_connection", "rejoin"].slice(0, repairs.length);
  expect(
    repairs.map(({ step }) => step),
    words,
  ).toEqual(ladder);
  expect(
    repairs.map(({ ok }) => ok),
    words,
  ).toEqual(ladder.map((_, i) => i === ladder.length - 1));
  expect(repairs.length, words).toBeGreaterThan(0);
}

/** How many there are of each kind, by labels as the server writes them. */
function tally(repairs: Repair[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { step, cause, ok } of repairs) {
    const labels = `{cause="${cause}",ok="${ok}",step="${step}"}`;
    counts[labels] = (counts[labels] ?? 0) + 1;
  }
  return counts;
}

async function ask<T>(
  server: Server,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await fetch(server.url + path, {
    method,
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
