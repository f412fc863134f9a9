import type { Scope } from "../scope";

/** A path that is down this long does not come back by itself. */
const NOTICE_MS = 1_500;
/** How long the first path may take to come up. */
const FIRST_MS = 8_000;
/** What each step is given before the next one. */
const STEP_MS = { restart: 3_000, rebuild: 5_000, rejoin: 8_000 };

export interface RepairActions {
  /** False while the server cannot be told: repair waits for the connection. */
  possible(): boolean;
  /** ICE restart on the PeerConnection that is there. */
  restart(): void;
  /** A new PeerConnection in the same voice session. */
  rebuild(): void;
  /** A new voice session. */
  rejoin(): void;
  /** The path is being repaired; given: whether every step has been tried. */
  troubled(exhausted: boolean): void;
}

type Step = keyof typeof STEP_MS;
const steps: Step[] = ["restart", "rebuild", "rejoin"];

/**
 * Brings a dead media path back: an ICE restart, then a new PeerConnection,
 * then a new voice session, and on from the second for as long as it takes.
 */
export class Repair {
  private next = 0;
  private cancel: (() => void) | null = null;
  private everConnected = false;

  constructor(
    private readonly scope: Scope,
    private readonly actions: RepairActions,
  ) {}

  /** A first path is being built, unless that is a step of a repair. */
  began(): void {
    if (this.cancel) return;
    this.wait(FIRST_MS);
    this.next = 1; // there is nothing to restart yet
  }

  state(state: RTCPeerConnectionState): void {
    if (state === "connected") {
      this.everConnected = true;
      this.settle();
    } else if ((state === "disconnected" || state === "failed") && !this.cancel) {
      this.wait(NOTICE_MS);
    }
  }

  /** Do not wait: what was missing for a repair is there again. */
  now(): void {
    this.escalate();
  }

  settle(): void {
    this.cancel?.();
    this.cancel = null;
    this.next = 0;
  }

  private escalate(): void {
    this.cancel?.();
    this.cancel = null;
    if (!this.actions.possible()) {
      this.wait(NOTICE_MS);
      return;
    }
    const step = steps[this.next] ?? "rebuild";
    const exhausted = this.next >= steps.length || (!this.everConnected && step !== "restart");
    this.next = this.next >= steps.length ? 1 : this.next + 1;
    this.wait(STEP_MS[step]);
    this.actions.troubled(exhausted);
    this.actions[step]();
  }

  private wait(ms: number): void {
    this.cancel?.();
    this.cancel = this.scope.after(ms, () => {
      this.cancel = null;
      this.escalate();
    });
  }
}
