import type { Scope } from "../scope";
import { Feedback } from "./feedback";
import { Tally } from "./tally";

const LOOK_MS = 150;
/** A voice that was played this long ago is counted by nobody: the path is alive. */
const FRESH_MS = 120;
/** Silence that is never held against a path on which only reports come: up to 2.5 s apart while nobody else speaks. */
const LEAST_MS = 3_200;
/** So many packets without a word are no accident then. */
const UNANSWERED = 3;
/** How many of the latest gaps between answers say what is usual. */
const KEPT = 8;
/** Without feedback, what is usual is not known before so many gaps: until then this is waited for. */
const KNOWN = 3;
const UNKNOWN_MS = 4_000;
/** So many packets from one look to the next are talk. */
const TALK = 2;
/** Two answers within this time are not reports, of which there is one every 1.5 to 2.5 s. */
const ALIVE_MS = 1_300;
/** After a longer break between two looks the page itself stood still. */
const ASLEEP_MS = 1_500;

const agreed = [" transport-cc\r\n", "draft-holmer-rmcat-transport-wide-cc-extensions-01"];

interface Counted {
  /** Packets of audio that were sent. */
  sent: number;
  /** Packets of any kind that came, connectivity checks aside. */
  came: number;
  /** Those of them that are nobody's voice: feedback and reports. */
  told: number;
}

interface Seen {
  connection: RTCPeerConnection;
  /** When something last came. */
  at: number;
  /** What had been counted by then; null: not yet. */
  counted: Counted | null;
}

export interface EchoDeps {
  now(): number;
  /** The connection to the server that our voice goes by; null: it goes by none. */
  connection(): RTCPeerConnection | null;
  /** Since anybody's voice was last played from it; null: it never was. */
  ageMs(): number | null;
  /** Whether our microphone is on. */
  talks(): boolean;
  /** We send and nothing comes back. */
  silent(): void;
  alive(): void;
  /** Others are heard; given: whether what we say still arrives at the server. */
  arrives(well: boolean): void;
}

/**
 * Notices a path that is dead in a room where nobody speaks: whatever we send,
 * be it silence, the server acknowledges by RTCP. How soon it does is learned
 * from the path itself, so that one that loses half of it all is not taken for dead.
 *
 * Where transport-wide feedback was agreed on, what we say is answered ten times
 * a second. By that a path shows that is dead in our direction only, whoever is
 * heard on it.
 */
export class Echo {
  private seen: Seen | null = null;
  private gaps: number[] = [];
  /**
   * What is told while others are heard, and while nobody is: only then does
   * nothing mean that the path is dead. And of each packet of our silence,
   * which are 400 ms apart.
   */
  private readonly feedback = { heard: new Feedback(), quiet: new Feedback(), silence: new Feedback(0.3) };
  /** A packet of our silence is not answered yet. */
  private awaiting = false;
  private readonly tally = new Tally();
  /** When the latest two of those came. */
  private toldAt: number[] = [];
  /** It was said that nothing of ours arrives, and not since that it does. */
  private deaf = false;
  /** Each of our packets is told of soon. */
  private dense = false;
  /** It was said that the path is silent, and it was not alive since. */
  private told = false;
  /** What had been sent when something last came. */
  private unanswered: number | null = null;
  private looking = false;
  private lookedAt = 0;

  constructor(
    private readonly scope: Scope,
    private readonly deps: EchoDeps,
  ) {
    scope.every(LOOK_MS, () => void this.look());
  }

  /** Whether something came in the last `ms`, though perhaps no voice. */
  cameWithin(ms: number): boolean {
    return this.seen !== null && this.deps.now() - this.seen.at <= ms;
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      await this.judge();
    } finally {
      this.looking = false;
    }
  }

  private async judge(): Promise<void> {
    const now = this.deps.now();
    const slept = now - this.lookedAt > ASLEEP_MS;
    this.lookedAt = now;
    const connection = this.deps.connection();
    if (!connection || slept || this.seen?.connection !== connection) {
      if (this.seen && this.seen.connection !== connection) this.gaps = []; // those of another path
      this.forget();
      this.begins();
      this.tally.clear();
      if (!connection) {
        this.arrives(true);
        return;
      }
      this.dense = agreed.every((line) => connection.remoteDescription?.sdp.includes(line));
    }
    const ageMs = this.deps.ageMs();
    const heard = ageMs !== null && ageMs <= FRESH_MS;
    const talks = this.dense && this.deps.talks();
    if (!talks) this.arrives(true); // nobody can say otherwise
    if (heard && !talks) {
      this.forget();
      this.seen = { connection, at: now - ageMs, counted: null };
      this.lives();
      return;
    }
    const counted = await count(connection);
    if (this.scope.closed || !counted || connection !== this.deps.connection()) return;
    const { seen } = this;
    const before = seen?.counted;
    const told = this.tally.grows(counted.told);
    this.seen = { connection, at: heard ? now - ageMs : (seen?.at ?? now), counted };
    if (!seen || !before) return;
    const talk = this.dense && counted.sent - before.sent >= TALK;
    const feedback = this.feedback[heard ? "heard" : "quiet"];
    if (talk) feedback.add(told);
    if (told) this.toldAt = [...this.toldAt, now].slice(-2);
    const alive = this.toldAt.length === 2 && now - (this.toldAt[0] ?? 0) <= ALIVE_MS;
    const ceased = talk && feedback.ceased;
    if (heard) {
      this.unanswered = null;
      if (ceased) {
        this.begins();
        this.arrives(false);
      } else if (this.deaf && alive) this.arrives(true);
      this.lives();
      return;
    }
    const came = counted.came > before.came;
    if (came) {
      this.gaps = [...this.gaps, now - seen.at].slice(-KEPT);
      this.seen.at = now;
    }
    const sent = counted.sent - before.sent;
    if (this.dense && !talk) this.hush(sent > 0, came);
    const unanswered = this.unansweredOf(counted.sent, came);
    const silent = this.dense
      ? ceased || (!talk && sent > 0 && this.feedback.silence.ceased)
      : unanswered >= UNANSWERED && now - this.seen.at >= this.patience();
    if (silent) {
      this.begins();
      this.unanswered = null;
      this.told = true;
      this.seen.at = now;
      this.deps.silent();
    } else if (came && (!this.told || !this.dense || alive)) {
      if (alive) this.arrives(true);
      this.lives();
    }
  }

  /** A look at our silence: whether a packet of it was sent, and whether anything came. */
  private hush(sent: boolean, came: boolean): void {
    const { silence } = this.feedback;
    const { awaiting } = this;
    if (awaiting && (sent || came)) silence.add(came);
    else if (sent && came) silence.add(true);
    this.awaiting = sent ? awaiting || !came : awaiting && !came;
  }

  /** How many packets were sent since something last came. */
  private unansweredOf(sent: number, came: boolean): number {
    if (came || this.unanswered === null) this.unanswered = sent;
    return sent - this.unanswered;
  }

  private lives(): void {
    this.told = false;
    this.deps.alive();
  }

  private arrives(well: boolean): void {
    if (well && !this.deaf) return;
    this.deaf = !well;
    this.deps.arrives(well);
  }

  /** What was told before says nothing of what is told from now on. */
  private begins(): void {
    for (const one of Object.values(this.feedback)) one.clear();
    this.toldAt = [];
  }

  private forget(): void {
    this.seen = null;
    this.unanswered = null;
  }

  private patience(): number {
    if (this.gaps.length < KNOWN) return UNKNOWN_MS;
    return Math.max(LEAST_MS, 2 * Math.max(0, ...this.gaps) + LOOK_MS);
  }
}

/** null when the connection was closed meanwhile. */
async function count(connection: RTCPeerConnection): Promise<Counted | null> {
  try {
    let sent = 0;
    let voice = 0;
    let transport: number | null = null;
    let pairs = 0;
    for (const report of (await connection.getStats()).values()) {
      if (report.type === "outbound-rtp" && report.kind === "audio") sent += report.packetsSent ?? 0;
      if (report.type === "inbound-rtp") voice += report.packetsReceived ?? 0;
      if (report.type === "transport" && report.packetsReceived !== undefined)
        transport = (transport ?? 0) + report.packetsReceived;
      if (report.type === "candidate-pair") pairs += report.packetsReceived ?? report.bytesReceived ?? 0;
    }
    const came = transport ?? pairs;
    return { sent, came, told: came - voice };
  } catch {
    return null;
  }
}
