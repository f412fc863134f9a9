import type { Scope } from "../scope";

/** Pings that may go unanswered before the socket is given up. */
const UNANSWERED_LIMIT = 2;
/** How long a probe may go unanswered. */
const PROBE_MS = 4_000;
/** The same where something else says that the network is not what it was; or so many of the usual round trips. */
const DOUBT_MS = 800;
const ROUND_TRIPS = 4;
/** An answer that took longer than this, or than so many round trips, is late. */
const SOON_MS = 150;

/**
 * What came of a question in doubt. soon: the server is there. late: it, or the
 * network, stood still for a while and goes on. lost: the socket was let go.
 */
export type Answer = "soon" | "late" | "lost";

export interface HeartbeatDeps {
  now(): number;
  ping(): void;
  /** A question in doubt is not answered in time: the socket is dead, or the server stands still. */
  overdue(): void;
  /** It is answered after all. */
  returned(): void;
  /** The socket is dead. */
  lost(): void;
}

/**
 * Notices a socket that is open and dead. It pings every heartbeat and calls
 * `lost` when two pings went unanswered, or one probe did.
 */
export class Heartbeat {
  private unanswered = 0;
  private cancelProbe: (() => void) | null = null;
  private inDoubt = false;
  private overdue = false;
  private askedAt = 0;
  private tookMs = 0;
  private curious: ((answer: Answer) => void)[] = [];

  constructor(
    private readonly scope: Scope,
    heartbeatMs: number,
    private readonly deps: HeartbeatDeps,
  ) {
    scope.every(heartbeatMs, () => this.beat());
    scope.add(() => this.tell("lost"));
    this.ask(); // how long an answer takes, for when it is in doubt
  }

  answered(): void {
    const { overdue } = this;
    const tookMs = this.deps.now() - (this.askedAt || this.deps.now());
    const late = overdue || tookMs > Math.max(SOON_MS, ROUND_TRIPS * this.tookMs);
    // How long somebody stood still is not how long an answer takes.
    if (this.askedAt && !overdue) this.tookMs = tookMs;
    this.askedAt = 0;
    this.unanswered = 0;
    this.cancelProbe?.();
    this.cancelProbe = null;
    this.inDoubt = this.overdue = false;
    if (overdue) this.deps.returned();
    this.tell(late ? "late" : "soon");
  }

  /** How long the latest answer took; 0 before the first. */
  get roundTripMs(): number {
    return this.tookMs;
  }

  /** Whether it is in doubt, and not answered yet, that the server hears us. */
  get doubted(): boolean {
    return this.inDoubt;
  }

  /** Asks at once, as when the network or the page has just come back. */
  probe(): void {
    if (this.cancelProbe || this.inDoubt) return;
    this.cancelProbe = this.scope.after(PROBE_MS, () => this.deps.lost());
    this.ask();
  }

  /** Asks at once, and waits for the answer less long. */
  doubt(): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => this.curious.push(resolve));
    if (this.scope.closed) this.tell("lost");
    else if (!this.inDoubt) {
      this.cancelProbe?.();
      this.inDoubt = true;
      const ms = Math.min(Math.max(DOUBT_MS, ROUND_TRIPS * this.tookMs), PROBE_MS);
      this.cancelProbe = this.scope.after(ms, () => {
        this.cancelProbe = null;
        this.overdue = true;
        this.deps.overdue();
      });
      this.ask();
    }
    return answer;
  }

  private beat(): void {
    if (this.unanswered >= UNANSWERED_LIMIT) {
      this.deps.lost();
      return;
    }
    this.unanswered++;
    this.ask();
  }

  private ask(): void {
    this.askedAt = this.deps.now();
    this.deps.ping();
  }

  private tell(answer: Answer): void {
    for (const resolve of this.curious.splice(0)) resolve(answer);
  }
}
