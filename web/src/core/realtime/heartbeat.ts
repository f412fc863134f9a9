import type { Scope } from "../scope";

/** Pings that may go unanswered before the socket is given up. */
const UNANSWERED_LIMIT = 2;
/** How long a probe may go unanswered. */
const PROBE_MS = 4_000;

/**
 * Notices a socket that is open and dead. It pings every heartbeat and calls
 * `lost` when two pings went unanswered, or one probe did.
 */
export class Heartbeat {
  private unanswered = 0;
  private cancelProbe: (() => void) | null = null;

  constructor(
    private readonly scope: Scope,
    heartbeatMs: number,
    private readonly ping: () => void,
    private readonly lost: () => void,
  ) {
    scope.every(heartbeatMs, () => this.beat());
  }

  answered(): void {
    this.unanswered = 0;
    this.cancelProbe?.();
    this.cancelProbe = null;
  }

  /** Asks at once, as when the network or the page has just come back. */
  probe(): void {
    if (this.cancelProbe) return;
    this.cancelProbe = this.scope.after(PROBE_MS, this.lost);
    this.ping();
  }

  private beat(): void {
    if (this.unanswered >= UNANSWERED_LIMIT) {
      this.lost();
      return;
    }
    this.unanswered++;
    this.ping();
  }
}
