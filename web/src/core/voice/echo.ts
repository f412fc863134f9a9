import type { Scope } from "../scope";

const LOOK_MS = 150;
/** A voice that was played this long ago is counted by nobody: the path is alive. */
const FRESH_MS = 120;
/** Silence that is never held against a path. */
const LEAST_MS = 700;
/** The same where only reports come, which are up to 2.5 s apart while nobody else speaks. */
const LEAST_REPORTS_MS = 3_200;
/** The server acknowledges what it gets several times a second; so many packets without a word are no accident. */
const UNANSWERED = 3;
/** How many of the latest gaps between answers say what is usual. */
const KEPT = 8;
/** Without feedback, what is usual is not known before so many gaps: until then this is waited for. */
const KNOWN = 3;
const UNKNOWN_MS = 4_000;
/**
 * Where transport-wide feedback was agreed on, what we say is answered ten times
 * a second. The server hears nothing of it, though it still reports, when at
 * most one of so many looks finds anything new.
 */
const WINDOW = 5;
const THIN = 1;
/** So many packets within those looks are talk. */
const TALK = 25;
/** After a longer break between two looks the page itself stood still. */
const ASLEEP_MS = 1_500;

const feedback = [" transport-cc\r\n", "draft-holmer-rmcat-transport-wide-cc-extensions-01"];

interface Counted {
  /** Packets of audio that were sent. */
  sent: number;
  /** Packets of any kind that came, connectivity checks aside. */
  came: number;
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
  /** We send and nothing comes back. */
  silent(): void;
  alive(): void;
}

/**
 * Notices a path that is dead in a room where nobody speaks: whatever we send,
 * be it silence, the server acknowledges by RTCP. How soon it does is learned
 * from the path itself, so that one that loses half of it all is not taken for dead.
 */
export class Echo {
  private seen: Seen | null = null;
  private gaps: number[] = [];
  /** The latest looks: what was sent since the one before, and whether anything came. */
  private looks: { sent: number; came: boolean }[] = [];
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
      if (!connection) return;
      this.dense = feedback.every((line) => connection.remoteDescription?.sdp.includes(line));
    }
    const ageMs = this.deps.ageMs();
    if (ageMs !== null && ageMs <= FRESH_MS) {
      this.forget();
      this.seen = { connection, at: now - ageMs, counted: null };
      this.lives();
      return;
    }
    const counted = await count(connection);
    if (this.scope.closed || !counted || connection !== this.deps.connection()) return;
    const { seen } = this;
    const before = seen?.counted;
    this.seen = { connection, at: seen?.at ?? now, counted };
    if (!seen || !before) return;
    const came = counted.came > before.came;
    this.looks = [...this.looks, { sent: counted.sent - before.sent, came }].slice(-WINDOW);
    if (came) {
      this.gaps = [...this.gaps, now - seen.at].slice(-KEPT);
      this.seen.at = now;
    }
    const answered = this.looks.filter((look) => look.came).length;
    const sent = this.looks.reduce((sum, look) => sum + look.sent, 0);
    const talk = this.looks.length === WINDOW && sent >= TALK;
    const thin = this.dense && talk && answered <= THIN;
    const unanswered = this.unansweredOf(counted.sent, came);
    if (thin || (unanswered >= UNANSWERED && now - this.seen.at >= this.patience())) {
      this.looks = [];
      this.unanswered = null;
      this.told = true;
      this.seen.at = now;
      this.deps.silent();
    } else if (came && (!this.told || !this.dense || answered > THIN)) this.lives();
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

  private forget(): void {
    this.seen = null;
    this.looks = [];
    this.unanswered = null;
  }

  private patience(): number {
    if (!this.dense && this.gaps.length < KNOWN) return UNKNOWN_MS;
    return Math.max(this.dense ? LEAST_MS : LEAST_REPORTS_MS, 2 * Math.max(0, ...this.gaps) + LOOK_MS);
  }
}

/** null when the connection was closed meanwhile. */
async function count(connection: RTCPeerConnection): Promise<Counted | null> {
  try {
    let sent = 0;
    let transport: number | null = null;
    let pairs = 0;
    for (const report of (await connection.getStats()).values()) {
      if (report.type === "outbound-rtp" && report.kind === "audio") sent += report.packetsSent ?? 0;
      if (report.type === "transport" && report.packetsReceived !== undefined)
        transport = (transport ?? 0) + report.packetsReceived;
      if (report.type === "candidate-pair") pairs += report.packetsReceived ?? report.bytesReceived ?? 0;
    }
    return { sent, came: transport ?? pairs };
  } catch {
    return null;
  }
}
