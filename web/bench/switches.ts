import { loadavg } from "node:os";
import { join } from "node:path";
import { type BrowserContext, expect } from "@playwright/test";
import { earSource, installEar } from "../e2e/support/ear";
import type { Person } from "../e2e/support/person";
import { Call, type Equipment } from "./call";
import { AMPLITUDE, BLOCKS, CHORD, type Heard, judged, played, type Row, rowOf, writeChord } from "./chord";

/** What changes while people talk over a good network, and what of it is heard. */
export interface Switch {
  name: string;
  /** In words. */
  what: string;
  tries(): Promise<Row[]>;
}

export interface Switched {
  name: string;
  what: string;
  rows: Row[];
  /** Of the machine in the last minute. */
  load: number;
}

const CONCEALED_GOAL_MS = 7;
const SILENCE_GOAL_MS = 20;
/** The louder one takes the only slot when he is 6 dB louder (sfu/selection.go). */
const SOFTER = 0.4;
const LAYER_ROUNDS = 6;
const TOPOLOGY_ROUNDS = 5;
const THIN_KBPS = 60;

const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
const until = (at: number) => sleep(Math.max(0, at - Date.now()));

const ear = (context: BrowserContext) => context.addInitScript(installEar, earSource(CHORD, BLOCKS));
const listens: Equipment = { prepare: ear };
const sings: Equipment = {
  recording: (folder) => {
    const file = join(folder, "chord.wav");
    writeChord(file);
    return file;
  },
  prepare: ear,
};

/** Follows what somebody hears, and knows about when. */
class Ear {
  private readonly marks: { at: number; block: number }[] = [];

  constructor(private readonly person: Person) {
    void this.follows();
  }

  /** What was heard between two moments, and up to 300 ms more on either side. */
  async between(from: number, to: number): Promise<number[][]> {
    await until(to + 300);
    const first = this.marks.findLast(({ at }) => at <= from)?.block ?? 0;
    const last = this.marks.find(({ at }) => at >= to)?.block;
    return this.person.page.evaluate(
      ([a, b]) =>
        (window as unknown as { __ear: { blocks: number[][] } }).__ear.blocks.slice(a as number, b as number),
      [first, last] as const,
    );
  }

  async hearsTheChord(): Promise<void> {
    await expect
      .poll(
        async () => {
          const last = await this.between(Date.now() - 600, Date.now() - 100);
          return last.filter((tones) => tones.some((x) => x > AMPLITUDE / 4)).length / last.length;
        },
        { message: `${this.person.name} hears the chord` },
      )
      .toBeGreaterThan(0.8);
  }

  /** Until the page is closed. */
  private async follows(): Promise<void> {
    while (!this.person.page.isClosed()) {
      const at = Date.now();
      const block = await this.person.now().catch(() => null);
      if (block !== null) this.marks.push({ at, block });
      await sleep(100);
    }
  }
}

/** Runs in the page before its scripts: a microphone that gives the chord as loud as it is told by `__sings`. */
function installSinger(chord: readonly number[]): void {
  let voice: GainNode | null = null;
  if (!navigator.mediaDevices) return; // a page from nowhere
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const end = context.createMediaStreamDestination();
    voice = new GainNode(context, { gain: 0 });
    voice.connect(end);
    for (const frequency of chord) {
      const tone = new OscillatorNode(context, { frequency });
      tone.connect(voice);
      tone.start();
    }
    return end.stream;
  };
  const sings = (score: { at: number; level: number }[]) => {
    if (!voice) throw new Error("no microphone is open");
    const zero = voice.context.currentTime - Date.now() / 1000;
    voice.gain.cancelScheduledValues(0);
    for (const { at, level } of score) voice.gain.setTargetAtTime(level, zero + at / 1000, 0.002);
  };
  Object.assign(window, { __sings: sings });
}

const singer: Equipment = { prepare: (context) => context.addInitScript(installSinger, CHORD) };

type Score = { at: number; level: number }[];

const follow = (person: Person, score: Score) =>
  person.page.evaluate(
    (notes) => (window as unknown as { __sings(score: Score): void }).__sings(notes),
    score,
  );

/** How people take turns, ms. */
interface Turns {
  name: string;
  /** From one beginning to the next. */
  every: number;
  /** How long somebody is loud, and how long he then goes on more softly. */
  loud: number;
  soft: number;
}

const TURNS: Turns[] = [
  { name: "300 ms after the other", every: 1300, loud: 1000, soft: 0 },
  { name: "over the other's voice", every: 1500, loud: 900, soft: 1300 },
];

/** The notes of who has every `of`th turn from `first` on. */
function scoreOf(t: Turns, begin: number, turns: number, first: number, of: number): Score {
  const score: Score = [];
  for (let turn = first; turn < turns; turn += of) {
    const at = begin + turn * t.every;
    score.push({ at, level: AMPLITUDE });
    if (t.soft > 0) score.push({ at: at + t.loud, level: AMPLITUDE * SOFTER });
    score.push({ at: at + t.loud + t.soft, level: 0 });
  }
  return score;
}

async function speakers(): Promise<Row[]> {
  const call = await Call.begins({ BOLTOREZKA_SFU_AUDIO_SLOTS: "1" });
  try {
    const listener = new Ear(await call.joins("Anna", listens));
    const names = ["Boris", "Vera"];
    const people: Person[] = [];
    for (const name of names) people.push(await call.joins(name, singer));
    const rows: Row[] = [];
    /** What is heard of each turn but the first, in which the slot is taken. */
    const heard = async (t: Turns, singers: Person[], turns: number) => {
      const begin = Date.now() + 1000;
      await Promise.all(
        singers.map((one, i) => follow(one, scoreOf(t, begin, turns + 2, i, singers.length))),
      );
      await until(begin + (turns + 2) * t.every);
      const { readings } = call.traceOf("Anna");
      const found = [];
      for (let turn = 1; turn <= turns; turn++) {
        const [from, to] = [begin + turn * t.every - 100, begin + (turn + 1) * t.every - 100];
        const all = played(readings, from, to);
        const name = singers[turn % singers.length]?.name ?? "";
        if (!all?.who.includes(name)) continue; // he did not get the slot
        found.push({
          ...all,
          before: played(readings, from - 400, from)?.bufferMs,
          after: played(readings, to - 400, to)?.bufferMs,
          silenceMs: judged(await listener.between(from, to))?.silenceMs,
        });
      }
      await sleep(1000);
      return found;
    };
    for (const t of TURNS) {
      const [alone] = people as [Person, Person];
      if (t.soft === 0) {
        const still = await heard(t, [alone], 8);
        rows.push(
          rowOf(
            `nobody else, ${t.name}: concealed ms`,
            still.map((c) => c.concealedMs),
          ),
        );
      }
      const all = await heard(t, people, 20);
      rows.push(
        rowOf(
          `${t.name}: concealed ms`,
          all.map((c) => c.concealedMs),
          CONCEALED_GOAL_MS,
        ),
        rowOf(
          `${t.name}: buffer before, ms`,
          all.map((c) => c.before),
        ),
        rowOf(
          `${t.name}: buffer after, ms`,
          all.map((c) => c.after),
        ),
      );
      if (t.soft > 0)
        rows.push(
          rowOf(
            `${t.name}: silence ms`,
            all.map((c) => c.silenceMs),
          ),
        );
    }
    return rows;
  } finally {
    await call.ends();
  }
}

const heardRows = (of: string, all: (Heard | null)[], silenceGoal?: number, doubledGoal?: number): Row[] => [
  rowOf(
    `${of}: silence ms`,
    all.map((h) => h?.silenceMs),
    silenceGoal,
  ),
  rowOf(
    `${of}: doubled ms`,
    all.map((h) => h?.doubledMs),
    doubledGoal,
  ),
];

async function layers(): Promise<Row[]> {
  const call = await Call.begins();
  try {
    const listener = new Ear(await call.joins("Anna", listens));
    await call.joins("Boris", sings);
    await listener.hearsTheChord();
    await sleep(3000);
    /** When Anna was told of a layer since then. */
    const told = async (layer: string, since: number) => {
      let at: number | undefined;
      const finds = () => {
        const words = call.traceOf("Anna").readings.flatMap((r) => r.heard);
        const found = words.find(
          (word) =>
            word.type === "voice.quality" &&
            word.at >= since &&
            (word.payload.downlink as { layer: string }).layer === layer,
        );
        at = found?.at;
        return found !== undefined;
      };
      await expect.poll(finds, { message: `Anna is sent ${layer}`, timeout: 60_000 }).toBe(true);
      return at as number;
    };
    const around = async (from: number, to: number) => {
      const heard = judged(await listener.between(from, to));
      return { heard, concealedMs: played(call.traceOf("Anna").readings, from, to)?.concealedMs };
    };
    type Change = Awaited<ReturnType<typeof around>>;
    const changes: Record<"still" | "low" | "high", Change[]> = { still: [], low: [], high: [] };
    for (let round = 0; round < LAYER_ROUNDS; round++) {
      const thin = Date.now();
      changes.still.push(await around(thin - 2500, thin - 500));
      await call.link.set("Anna", "down", { rateKbps: THIN_KBPS, queueMs: 2000 });
      const low = await told("low", thin);
      changes.low.push(await around(thin, low + 2000));
      await call.link.set("Anna", "down", {});
      const high = await told("high", low);
      // It is told of after the change, up to half a second.
      changes.high.push(await around(high - 1000, high + 1000));
      await sleep(3000);
    }
    const rows = (of: string, all: Change[], goal?: number) => [
      rowOf(
        `${of}: concealed ms`,
        all.map((c) => c.concealedMs),
      ),
      rowOf(
        `${of}: silence ms`,
        all.map((c) => c.heard?.silenceMs),
        goal,
      ),
    ];
    return [
      ...rows("no change", changes.still),
      ...rows(`to low, ${THIN_KBPS} kbit/s`, changes.low),
      ...rows("to high", changes.high, 0),
    ];
  } finally {
    await call.ends();
  }
}

async function topologies(): Promise<Row[]> {
  const call = await Call.begins({ BOLTOREZKA_VOICE_P2P_MAX: "2" });
  try {
    const anna = await call.joins("Anna", sings);
    const boris = await call.joins("Boris", sings);
    const ears = [new Ear(anna), new Ear(boris)];
    for (const one of ears) await one.hearsTheChord();
    const shows = async (text: string) => {
      for (const { page } of [anna, boris])
        await expect(page.getByText(text, { exact: true }).first()).toBeVisible();
    };
    await shows("Direct");
    const vera = await call.joins("Vera", {});
    await shows("Via server");
    /** What both hear of something that is done, from half a second before to two after. */
    const around = async (does: () => Promise<unknown>) => {
      await sleep(2000);
      const from = Date.now() - 500;
      await does();
      const to = Date.now() + 2000;
      return Promise.all(ears.map(async (one) => judged(await one.between(from, to))));
    };
    type All = (Heard | null)[];
    const found = { server: [] as All, direct: [] as All, back: [] as All, over: [] as All };
    for (let round = 0; round < TOPOLOGY_ROUNDS; round++) {
      found.server.push(...(await around(() => sleep(1500))));
      const leaves = async () => {
        await vera.leavesVoice();
        await shows("Direct");
      };
      found.back.push(...(await around(leaves)));
      found.direct.push(...(await around(() => sleep(1500))));
      const joins = async () => {
        await vera.joinsVoice();
        await shows("Via server");
      };
      found.over.push(...(await around(joins)));
    }
    return [
      ...heardRows("no change, direct", found.direct),
      ...heardRows("no change, server", found.server),
      ...heardRows("direct to server", found.over, SILENCE_GOAL_MS, 0),
      ...heardRows("server to direct", found.back, SILENCE_GOAL_MS, 0),
    ];
  } finally {
    await call.ends();
  }
}

export const switches: Switch[] = [
  {
    name: "switch-speakers",
    what: "Two take turns in the only slot. Concealed is what was made up from one turn to the next; not what was made up as silence.",
    tries: speakers,
  },
  {
    name: "switch-layers",
    what: `The listener's downlink becomes one of ${THIN_KBPS} kbit/s, so that he is sent the low layer, and wide again. What the thin link itself does, and the pause in which its queue empties, are in the figures of the way down. A slot is one stream, in which nothing sounds twice at once; a tone is louder in one layer than in the other.`,
    tries: layers,
  },
  {
    name: "switch-topologies",
    what: "Two talk directly; a third comes, so that voice goes by the server, and leaves again. Silence and doubling of each other's voice.",
    tries: topologies,
  },
];

export async function switched({ name, what, tries }: Switch): Promise<Switched> {
  const rows = await tries();
  return { name, what, rows, load: Math.round(10 * (loadavg()[0] ?? 0)) / 10 };
}
