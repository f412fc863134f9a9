import type { Scope } from "../scope";

/** A path that is down this long does not come back by itself: browsers take seconds to say so. */
const NOTICE_MS = 300;
/** How long the first path may take to come up. */
const FIRST_MS = 8_000;
/** Between two looks whether the server can be told again. */
const POLL_MS = 1_000;
/**
 * What each step is given before the next one. The old path serves on while a
 * new one is built. A restart is given little beside its round trips: where
 * what is left is a relay, Chromium holds on to the old way for seconds more,
 * and a new connection does not.
 */
const STEP_MS = { restart: 700, rebuild: 5_000, rejoin: 8_000 };
const ROUND_TRIPS = 4;
/** What arrives so soon after a step began was on its way before. */
const BEFORE_MS = 300;
/** Each time that all steps were in vain they are given twice as long, up to this. */
const LONGEST_MS = 30_000;
/**
 * What one client sees all may see, when it is the server's path that is dead:
 * each further step waits longer by up to this much more, but never by half as
 * long again, so that they do not all take it at once.
 */
const SPREAD_MS = 150;
/** A path that answers and carries nothing to be heard is whole when it stays so for this long. */
const CALM_MS = 10_000;

/** Why a path was mended, as it is counted. */
export type RepairCause =
  | "blocked"
  | "disconnected"
  | "failed"
  | "silent"
  | "unheard"
  | "network"
  | "refused";

/** One step of a repair and what came of it, as it is counted. */
export interface RepairReport {
  step: "ice_restart" | "new_peer_connection" | "rejoin";
  cause: RepairCause;
  /** Whether the path was whole after it, before the next step was due. */
  ok: boolean;
  ms: number;
}

export interface RepairActions {
  now(): number;
  random(): number;
  /** Of the latest question and answer between us and the server. */
  roundTripMs(): number;
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
  report(report: RepairReport): void;
}

type Step = keyof typeof STEP_MS;
const steps: Step[] = ["restart", "rebuild", "rejoin"];
const names = { restart: "ice_restart", rebuild: "new_peer_connection", rejoin: "rejoin" } as const;

/**
 * Brings a dead media path back: an ICE restart, then a new PeerConnection,
 * then a new voice session, and on from the second for as long as it takes,
 * at longer and longer intervals.
 */
export class Repair {
  private next = 0;
  private inVain = 0;
  /** Steps since the path was whole. */
  private taken = 0;
  private cancel: (() => void) | null = null;
  private cancelCalm: (() => void) | null = null;
  private step: { step: Step; cause: RepairCause; at: number } | null = null;
  /** What a repair is for that waits until the server can be told. */
  private waiting: RepairCause | null = null;
  private everConnected = false;
  private up = false;
  /** The path carries nothing though it is connected: being connected does not mend that. */
  private silent = false;
  private unheard = false;

  constructor(
    private readonly scope: Scope,
    private readonly actions: RepairActions,
  ) {}

  /** Whether the path is connected and it is not known yet whether it carries anything. */
  get unproven(): boolean {
    return this.up && !this.unheard && (this.silent || this.step !== null);
  }

  /** Since the step under way began, ms; null: none is. */
  get stepAgeMs(): number | null {
    return this.step && this.actions.now() - this.step.at;
  }

  /** A first path is being built, unless that is a step of a repair. */
  began(): void {
    if (this.cancel) return;
    this.wait(FIRST_MS, "blocked");
    this.next = 1; // there is nothing to restart yet
  }

  state(state: RTCPeerConnectionState): void {
    this.up = state === "connected";
    switch (state) {
      case "connected":
        this.everConnected = true;
        this.stop();
        if (!this.silent) this.settle();
        break;
      case "disconnected":
        if (!this.cancel) this.wait(NOTICE_MS, "disconnected");
        break;
      case "failed":
        if (!this.cancel) this.escalate("failed");
        break;
    }
  }

  /** Nothing arrives on a path that says it is connected. */
  stalled(cause: RepairCause = "silent"): void {
    if (this.cancel) return;
    this.silent = true;
    this.escalate(cause);
  }

  /** Something arrives. */
  flowing(): void {
    if (this.isOld()) return;
    this.settle();
  }

  /**
   * The other end answers, and there is nothing to be heard that would say more.
   * Should it turn out to carry nothing, the repair goes on where it was.
   */
  answers(): void {
    if (this.isOld()) return;
    const { next, inVain, taken } = this;
    this.settle();
    Object.assign(this, { next, inVain, taken });
    this.cancelCalm = this.scope.after(CALM_MS, () => {
      this.next = this.inVain = this.taken = 0;
    });
  }

  /** Whether what has come says nothing: there is nothing to mend, or it was on its way before. */
  private isOld(): boolean {
    return !this.unproven || (this.stepAgeMs ?? BEFORE_MS) < BEFORE_MS;
  }

  /** Whether the server says that nothing of ours arrives there, though we send. */
  heard(heard: boolean): void {
    if (heard === !this.unheard) {
      if (!heard) this.stalled("unheard"); // the repair before was in vain
      return;
    }
    this.unheard = !heard;
    // Heard again may mean that the server has lost sight of us: what arrives
    // here tells whether the path is whole.
    if (!heard) this.stalled("unheard");
  }

  /** Do not wait: the step under way is refused. */
  now(): void {
    this.escalate("refused");
  }

  /** The server can be told again; given: whether the path is up. */
  again(up: boolean): void {
    if (this.waiting) this.escalate(this.waiting);
    else if (this.step) {
      // What it has told the server may never have come there.
      this.next = steps.indexOf(this.step.step);
      this.escalate(this.step.cause, false);
    } else if (!up) this.escalate("disconnected");
  }

  /** The network was away: whatever the path says of itself, it may lead nowhere. */
  networkChanged(): void {
    if (this.everConnected && !this.step) this.escalate("network");
  }

  /** Nothing needs repair: the path is whole, or another takes its place. */
  settle(whole = true): void {
    this.stop();
    this.done(whole);
    this.next = this.inVain = this.taken = 0;
    this.silent = false;
    this.waiting = null;
    this.actions.mended();
  }

  private escalate(cause: RepairCause, another = true): void {
    this.stop();
    this.cancelCalm?.();
    this.waiting = this.actions.possible() ? null : cause;
    if (this.waiting) {
      this.wait(POLL_MS * (0.5 + this.actions.random()), cause);
      return;
    }
    if (another) this.done(false);
    const step = steps[this.next] ?? "rebuild";
    const exhausted = this.next >= steps.length || (!this.everConnected && step !== "restart");
    if (this.next >= steps.length) this.inVain++;
    this.next = this.next >= steps.length ? 2 : this.next + 1;
    const stepMs = STEP_MS[step] + ROUND_TRIPS * this.actions.roundTripMs();
    const givenMs = Math.min(stepMs * 2 ** this.inVain, LONGEST_MS);
    const spreadMs = Math.min(SPREAD_MS * ++this.taken, givenMs / 2);
    this.wait(givenMs + spreadMs * this.actions.random(), cause);
    this.step ??= { step, cause, at: this.actions.now() };
    this.actions.troubled(exhausted);
    this.actions[step]();
  }

  /** The step under way is over. */
  private done(ok: boolean): void {
    if (!this.step) return;
    const { step, cause, at } = this.step;
    this.step = null;
    this.actions.report({ step: names[step], cause, ok, ms: this.actions.now() - at });
  }

  private wait(ms: number, cause: RepairCause): void {
    this.stop();
    this.cancel = this.scope.after(ms, () => {
      this.cancel = null;
      this.escalate(cause);
    });
  }

  private stop(): void {
    this.cancel?.();
    this.cancel = null;
  }
}
