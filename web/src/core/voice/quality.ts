import type { QualityMark, QualityTrace, VoiceState } from "../model";
import type { Scope } from "../scope";
import type { VoiceQuality } from "../wire";
import { Ladder } from "./ladder";
import { markOf } from "./marks";
import {
  add,
  type Carrier,
  type Counts,
  nothing,
  type Occupant,
  type Reading,
  StatsMeter,
  share,
} from "./stats";

const READ_MS = 1_000;
const REPORT_MS = 5_000;
/** Marks are of the last so many readings, so that they do not flicker. */
const WINDOW = 5;
/** How many readings are kept to be looked at: two minutes. */
const KEPT = 120;

export interface QualityDeps {
  /** The connections that carry the sound now; none while there is no path. */
  carriers(): Carrier[];
  occupant(carrier: Carrier, mid: string | null): Occupant | null;
  /** Who is in the call. */
  people(): readonly { userId: string; self: boolean }[];
  now(): number;
  publish(change: Pick<VoiceState, "stats"> | Pick<VoiceState, "marks"> | Pick<VoiceState, "quality">): void;
  /** Sends voice.stats. */
  report(stats: object): void;
}

/**
 * Reads every second how well a call is heard, keeps what it read, makes of it
 * and of the server's word a mark for everyone in it, and tells the server every five seconds.
 */
export class Quality {
  private readonly meter = new StatsMeter();
  private readonly ladder = new Ladder();
  private readonly samples: Reading["stats"][] = [];
  private window: Reading[] = [];
  private unreported = nothing();
  private word: VoiceQuality | null = null;
  private marks: Record<string, QualityMark> = {};
  private reading = false;

  constructor(
    private readonly scope: Scope,
    private readonly deps: QualityDeps,
  ) {}

  start(): void {
    this.scope.every(READ_MS, () => void this.read());
    this.scope.every(REPORT_MS, () => this.report());
  }

  get trace(): Omit<QualityTrace, "sending"> {
    return { samples: this.samples, steps: this.ladder.steps };
  }

  /** The server's word; null in a new session, of which it has said nothing yet. */
  hear(word: VoiceQuality | null): void {
    this.word = word;
    if (word) this.ladder.hear(word, this.deps.now());
    else this.ladder.reset();
    this.deps.publish({ quality: word });
    this.mark();
  }

  /** What was measured is of another path than what will be. */
  pathChanged(): void {
    this.window = [];
  }

  private async read(): Promise<void> {
    if (this.reading) return; // a busy browser takes its time
    const carriers = this.deps.carriers();
    if (carriers.length === 0) {
      this.pathChanged();
      this.mark();
      return;
    }
    this.reading = true;
    try {
      const reading = await this.meter.read(carriers, this.deps.now(), this.deps.occupant);
      if (this.scope.closed) return;
      this.window = [...this.window, reading].slice(-WINDOW);
      add(this.unreported, reading.all);
      this.samples.push(reading.stats);
      if (this.samples.length > KEPT) this.samples.shift();
      this.deps.publish({ stats: reading.stats });
      this.mark();
    } catch {
      // A connection was closed while it was read: the next one counts.
    } finally {
      this.reading = false;
    }
  }

  private mark(): void {
    const last = this.window.at(-1);
    const marks: Record<string, QualityMark> = {};
    for (const { userId, self } of this.deps.people()) {
      marks[userId] = last ? (self ? this.ownMark(last) : this.markOf(userId, last)) : "unknown";
    }
    const known = Object.keys(this.marks);
    if (known.length === Object.keys(marks).length && known.every((id) => marks[id] === this.marks[id]))
      return;
    this.marks = marks;
    this.deps.publish({ marks });
  }

  /** How somebody is heard: what is sent to us at all, and what of him had to be made up. */
  private markOf(userId: string, last: Reading): QualityMark {
    const his = this.sum((reading) => reading.people.get(userId));
    const concealedPct = share(his.concealed, his.played);
    if (last.pairs.size > 0) {
      const lossPct = share(his.lost, his.lost + his.received);
      return markOf({ concealedPct, lossPct, rttMs: last.pairs.get(userId) ?? null });
    }
    return markOf({ concealedPct, state: this.word?.downlink.state ?? null });
  }

  /** How our own connection carries, both ways. */
  private ownMark({ stats, pairs }: Reading): QualityMark {
    const all = this.sum((reading) => reading.all);
    const { rttMs } = stats;
    const word = pairs.size > 0 ? null : this.word;
    const sendLoss = Math.max(...this.window.map((reading) => reading.stats.sendLossPct ?? -1));
    // What is lost on the way to us and repaired is no fault, and what somebody else lost is not ours:
    // the server can tell.
    // So is what is lost on the way there: its reports also tell of what others
    // lose, for whom our encoder is to send more.
    if (word) return markOf({ rttMs, lossPct: word.uplink.lossPct, state: word.downlink.state });
    const lossPct = Math.max(share(all.lost, all.lost + all.received) ?? -1, sendLoss);
    const concealedPct = share(all.concealed, all.played);
    return markOf({ rttMs, concealedPct, lossPct: lossPct < 0 ? null : lossPct });
  }

  private sum(pick: (reading: Reading) => Counts | undefined): Counts {
    const sum = nothing();
    for (const reading of this.window) add(sum, pick(reading) ?? nothing());
    return sum;
  }

  private report(): void {
    const [carrier] = this.deps.carriers();
    const stats = this.samples.at(-1);
    if (!stats || !carrier) return;
    const { received, lost, concealed, played } = this.unreported;
    this.unreported = nothing();
    const { rttMs, jitterMs, candidateType, protocol: transport } = stats;
    const lossPct = share(lost, lost + received);
    const concealedPct = share(concealed, played);
    // What could not be measured is left out: null is no number.
    const measured = Object.entries({
      rttMs,
      jitterMs,
      lossPct,
      concealedPct,
      candidateType,
      transport,
    }).filter(([, value]) => value !== null);
    this.deps.report({ ...Object.fromEntries(measured), iceState: carrier.connection.iceConnectionState });
  }
}
