import type { Scope } from "../scope";

/** Pings that may go unanswered before the socket is given up. */
const UNANSWERED_LIMIT = 2;
/** How long a probe may go unanswered. */
const PROBE_MS = 4_000;
/** The same where something else says that the network is not what it was; or so many of the usual round trips. */
const DOUBT_MS = 800;
const ROUND_TRIPS = 4;

/**
 * Notices a socket that is open and dead. It pings every heartbeat and calls
 * `lost` when two pings went unanswered, or one probe did.
 */
export class Heartbeat {
  private unanswered = 0;
  private cancelProbe: (() => void) | null = null;
  private inDoubt = false;
  private askedAt = 0;
  private tookMs = 0;

  constructor(
    private readonly scope: Scope,
    heartbeatMs: number,
    private readonly now: () => number,
    private readonly ping: () => void,
    private readonly lost: () => void,
  ) {
    scope.every(heartbeatMs, () => this.beat());
    this.ask(); // how long an answer takes, for when it is in doubt
  }

  answered(): void {
    if (this.askedAt) this.tookMs = this.now() - this.askedAt;
    this.askedAt = 0;
    this.unanswered = 0;
    this.cancelProbe?.();
    this.cancelProbe = null;
    this.inDoubt = false;
  }

  /** How long the latest answer took; 0 before the first. */
  get roundTripMs(): number {
    return this.tookMs;
  }

  /** Asks at once, as when the network or the page has just come back; in doubt the answer is waited for less long. */
  probe(inDoubt = false): void {
    if (this.cancelProbe && (this.inDoubt || !inDoubt)) return;
    this.cancelProbe?.();
    this.inDoubt = inDoubt;
    const doubtMs = Math.max(DOUBT_MS, ROUND_TRIPS * this.tookMs);
    this.cancelProbe = this.scope.after(inDoubt ? Math.min(doubtMs, PROBE_MS) : PROBE_MS, this.lost);
    this.ask();
  }

  private beat(): void {
    if (this.unanswered >= UNANSWERED_LIMIT) {
      this.lost();
      return;
    }
    this.unanswered++;
    this.ask();
  }

  private ask(): void {
    this.askedAt = this.now();
    this.ping();
  }
}
