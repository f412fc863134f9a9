import type { Scope } from "../scope";

/** A path that is down this long does not come back by itself. */
const NOTICE_MS = 1_000;
/** How long the first path may take to come up. */
const FIRST_MS = 8_000;
/** What each step is given before the next one. The old path serves on while a new one is built. */
const STEP_MS = { restart: 1_000, rebuild: 5_000, rejoin: 8_000 };

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
  /** The path is whole. */
  mended(): void;
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
  /** The path carries nothing though it is connected: being connected does not mend that. */
  private silent = false;
  private unheard = false;

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
    switch (state) {
      case "connected":
        this.everConnected = true;
        this.stop();
        if (!this.silent) this.settle();
        break;
      case "disconnected":
        if (!this.cancel) this.wait(NOTICE_MS);
        break;
      case "failed":
        if (!this.cancel) this.escalate();
        break;
    }
  }

  /** Nothing arrives on a path that says it is connected. */
  stalled(): void {
    if (this.cancel) return;
    this.silent = true;
    this.escalate();
  }

  /** Something arrives. */
  flowing(): void {
    if (this.silent && !this.unheard) this.settle();
  }

  /** Whether the server says that nothing of ours arrives there, though we send. */
  heard(heard: boolean): void {
    if (heard === !this.unheard) {
      if (!heard) this.stalled(); // the repair before was in vain
      return;
    }
    this.unheard = !heard;
    if (heard) this.flowing();
    else this.stalled();
  }

  /** Do not wait: what was missing for a repair is there again, or the step under way is refused. */
  now(): void {
    this.escalate();
  }

  /** Nothing needs repair. */
  settle(): void {
    this.stop();
    this.next = 0;
    this.silent = false;
    this.actions.mended();
  }

  private escalate(): void {
    this.stop();
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
    this.stop();
    this.cancel = this.scope.after(ms, () => {
      this.cancel = null;
      this.escalate();
    });
  }

  private stop(): void {
    this.cancel?.();
    this.cancel = null;
  }
}
