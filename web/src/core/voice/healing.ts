import type { Answer } from "../realtime/heartbeat";
import type { Scope } from "../scope";
import type { Incident } from "../telemetry";
import type { VoiceQuality } from "../wire";
import type { Carriers } from "./carriers";
import { Consent } from "./consent";
import { Echo } from "./echo";
import type { Mixer } from "./mixer";
import { PairWatch } from "./pair-watch";
import { Repair, type RepairActions, type RepairCause } from "./repair";
import type { SfuPath } from "./sfu-path";
import type { TopologyFollower } from "./topology";
import { Unheard } from "./unheard";
import { STALL_MS, Watchdog, type WatchedPath } from "./watchdog";

/** After a late answer of the server's so much time is left for what else was held up. */
const GRACE_MS = 500;

/** The server takes three seconds to miss a voice: what it says so soon after it has come back to it is of before. */
const STALE_MS = 2_500;

type Suspicion = Extract<RepairCause, "silent" | "unheard">;

export interface HealingDeps extends Omit<RepairActions, "restart" | "rebuild" | "report"> {
  path(): SfuPath | null;
  carriers: Carriers;
  topology: TopologyFollower;
  mixer: Mixer;
  deafened(): boolean;
  muted(): boolean;
  /** The path to the server seems dead: asks the server by the WebSocket, which should show soon whether that is dead too. */
  doubt(): Promise<Answer>;
  count(event: Incident, meta: object): void;
}

/**
 * Watches the paths of a call, those to the server and the pairs, and has the
 * repair and the room's topology do what follows from what it sees. Each watch
 * compares what should come with what does, since browsers take five seconds
 * and more to call a path dead.
 */
export class Healing {
  readonly repair: Repair;
  private readonly unheard: Unheard;
  private readonly echo: Echo;
  private changed = false;
  /** When the voice last moved to or from the server. */
  private movedAt = Number.NEGATIVE_INFINITY;
  /** Sound goes one way only: which way, until it goes both. */
  private readonly oneWay = { uplink: false, downlink: false };
  /** What is wrong with the path as far as it is seen, while the server is asked whether it is there. */
  private suspected: Suspicion | null = null;
  /** When what was suspected was left alone, since the server's answer was late; null: something has come since. */
  private waitedAt: number | null = null;
  /** Who says that nothing of ours arrives: the server, or what it tells of our packets. */
  private readonly deaf = new Set<"word" | "echo">();

  constructor(
    private readonly scope: Scope,
    private readonly deps: HealingDeps,
  ) {
    this.repair = new Repair(scope, {
      now: deps.now,
      random: deps.random,
      roundTripMs: deps.roundTripMs,
      possible: () => deps.possible(),
      restart: () => deps.path()?.restart(),
      rebuild: () => deps.path()?.rebuild(),
      // A new session moves the room to the server: not while pairs carry the voice,
      // for they are all that does.
      rejoin: () => (deps.topology.pairsConnected ? deps.path()?.rebuild() : deps.rejoin()),
      troubled: (exhausted) => deps.troubled(exhausted),
      mended: () => deps.mended(),
      report: (report) => deps.count("voice_repair", report),
    });
    this.unheard = new Unheard(scope, {
      heard: (heard) => this.heard("word", heard),
    });
    this.echo = new Echo(scope, {
      now: deps.now,
      // While pairs carry the voice nothing is sent to the server, and nobody misses it.
      connection: () => (deps.topology.topology === "sfu" ? (deps.path()?.carrier ?? null) : null),
      ageMs: () => deps.mixer.sfuAgeMs(),
      talks: () => !deps.muted(),
      silent: () => this.suspect("silent", () => this.repair.stalled()),
      alive: () => this.flowing(),
      arrives: (well) => {
        if (well) this.heard("echo", true);
        else this.suspect("unheard", () => this.heard("echo", false));
      },
    });
  }

  /** Begins to watch; what is watched ends with the scope. */
  start(): void {
    const { carriers, topology, mixer, now } = this.deps;
    new Watchdog(this.scope, now, () => carriers.due().map((due) => this.watched(due)));
    const pairs = () =>
      this.deps.deafened()
        ? []
        : topology.pairs().map(({ userId }) => ({ userId, ageMs: mixer.pairAgeMs(userId) }));
    new PairWatch(this.scope, pairs, (userId) => topology.silent(userId));
    new Consent(this.scope, {
      connection: () => (this.repair.unproven ? (this.deps.path()?.carrier ?? null) : null),
      quiet: () => carriers.due().length === 0,
      answers: () => this.repair.answers(),
    });
  }

  /** The network was away: the paths over it are made anew as soon as the server can be told. */
  renewed(): void {
    this.changed = true;
  }

  /** The server can be told again, in the same session; given: whether the path to it is up. */
  back(up: boolean): void {
    const { changed } = this;
    this.changed = false;
    if (changed) this.repair.networkChanged();
    else this.repair.again(up);
  }

  /** The voice moves to or from the server. */
  moved(): void {
    this.movedAt = this.deps.now();
  }

  /** The server's newest word on what it hears of us. */
  heed(word: VoiceQuality | null): void {
    // While pairs carry the voice the server is right to hear nothing.
    const { topology, now, path } = this.deps;
    const due = topology.topology === "sfu" && now() - this.movedAt >= STALE_MS;
    const carrier = due ? (path()?.carrier ?? null) : null;
    void this.unheard.word(word, carrier, !this.deps.muted());
  }

  private watched({ connection, userId, fresh }: ReturnType<Carriers["due"]>[number]): WatchedPath {
    if (userId !== null)
      return { connection, fresh, stalled: () => this.deps.topology.silent(userId), flowing: () => {} };
    return {
      connection,
      fresh,
      stalled: () => {
        const oneWay = this.echo.cameWithin(STALL_MS);
        this.suspect("silent", () => {
          if (oneWay) this.went("downlink", false);
          this.repair.stalled();
        });
      },
      flowing: () => {
        this.went("downlink", true);
        this.flowing();
      },
    };
  }

  /** The state of the path to the server. */
  state(state: RTCPeerConnectionState): void {
    // By the time that it is to be mended it should show whether the server can be told.
    if (state === "disconnected") void this.deps.doubt();
    this.repair.state(state);
  }

  /**
   * A path seems dead. The server is asked by the other way first: where it
   * answers, that takes a round trip, and the path is mended at once. Where it
   * does not, it may be the server or the whole network that stands still, and
   * goes on as it was; what is dead afterwards is seen again.
   */
  private async suspect(cause: Suspicion, mend: () => void): Promise<void> {
    const { now, doubt } = this.deps;
    if (this.suspected || (this.waitedAt !== null && now() - this.waitedAt < GRACE_MS)) return;
    this.suspected = cause;
    const answer = await doubt();
    const still = this.suspected === cause;
    this.suspected = null;
    if (!still || this.scope.closed) return;
    if (answer === "late" && this.waitedAt === null) this.waitedAt = now();
    else mend();
  }

  private flowing(): void {
    if (this.suspected === "silent") this.suspected = null;
    this.waitedAt = null;
    this.repair.flowing();
  }

  private heard(by: "word" | "echo", heard: boolean): void {
    if (heard) this.deaf.delete(by);
    else this.deaf.add(by);
    if (heard && by === "echo" && this.suspected === "unheard") this.suspected = null;
    if (heard && this.deaf.size > 0) return; // the other one still says so
    this.went("uplink", heard);
    this.repair.heard(heard);
  }

  private went(side: "uplink" | "downlink", well: boolean): void {
    if (this.oneWay[side] === !well) return;
    this.oneWay[side] = !well;
    if (!well) this.deps.count("one_way_audio", { side });
  }
}
