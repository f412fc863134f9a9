import type { Scope } from "../scope";

const LOOK_MS = 200;
/** A voice that was played this long ago is counted by nobody: the path is alive. */
const FRESH_MS = 300;
/** Silence that is never held against a path. */
const LEAST_MS = 700;
/** The server acknowledges what it gets several times a second; so many packets without a word are no accident. */
const UNANSWERED = 3;
/** How many of the latest gaps between answers say what is usual. */
const KEPT = 8;
/** After a longer break between two looks the page itself stood still. */
const ASLEEP_MS = 1_500;

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
      this.seen = null;
      if (!connection) return;
    }
    const ageMs = this.deps.ageMs();
    if (ageMs !== null && ageMs <= FRESH_MS) {
      this.seen = { connection, at: now - ageMs, counted: null };
      this.deps.alive();
      return;
    }
    const counted = await count(connection);
    if (this.scope.closed || !counted || connection !== this.deps.connection()) return;
    const { seen } = this;
    const before = seen?.counted;
    if (!seen || !before) {
      this.seen = { connection, at: seen?.at ?? now, counted };
      return;
    }
    if (counted.came > before.came) {
      this.gaps = [...this.gaps, now - seen.at].slice(-KEPT);
      this.seen = { connection, at: now, counted };
      this.deps.alive();
      return;
    }
    before.came = counted.came; // fewer: a part of the path is gone, and its count with it
    if (counted.sent - before.sent < UNANSWERED || now - seen.at < this.patience()) return;
    this.seen = { connection, at: now, counted };
    this.deps.silent();
  }

  private patience(): number {
    return Math.max(LEAST_MS, 2 * Math.max(0, ...this.gaps) + LOOK_MS);
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
