import type { Scope } from "../scope";
import type { Incident } from "../telemetry";
import type { VoiceQuality } from "../wire";
import type { Carriers } from "./carriers";
import { Echo } from "./echo";
import type { Mixer } from "./mixer";
import { PairWatch } from "./pair-watch";
import { Repair, type RepairActions } from "./repair";
import type { SfuPath } from "./sfu-path";
import type { TopologyFollower } from "./topology";
import { Unheard } from "./unheard";
import { STALL_MS, Watchdog, type WatchedPath } from "./watchdog";

export interface HealingDeps extends Omit<RepairActions, "restart" | "rebuild" | "report"> {
  path(): SfuPath | null;
  carriers: Carriers;
  topology: TopologyFollower;
  mixer: Mixer;
  deafened(): boolean;
  muted(): boolean;
  /** The path to the server is dead: whether the WebSocket is too should show soon. */
  doubt(): void;
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
  /** Sound goes one way only: which way, until it goes both. */
  private readonly oneWay = { uplink: false, downlink: false };

  constructor(
    private readonly scope: Scope,
    private readonly deps: HealingDeps,
  ) {
    this.repair = new Repair(scope, {
      now: deps.now,
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
      heard: (heard) => {
        this.went("uplink", heard);
        this.repair.heard(heard);
      },
    });
    this.echo = new Echo(scope, {
      now: deps.now,
      // While pairs carry the voice nothing is sent to the server, and nobody misses it.
      connection: () => (deps.topology.topology === "sfu" ? (deps.path()?.carrier ?? null) : null),
      ageMs: () => deps.mixer.sfuAgeMs(),
      silent: () => {
        this.repair.stalled();
        deps.doubt();
      },
      alive: () => this.repair.flowing(),
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

  /** The server's newest word on what it hears of us. */
  heed(word: VoiceQuality | null): void {
    // While pairs carry the voice the server is right to hear nothing.
    const carrier = this.deps.topology.topology === "sfu" ? (this.deps.path()?.carrier ?? null) : null;
    void this.unheard.word(word, carrier, !this.deps.muted());
  }

  private watched({ connection, userId, fresh }: ReturnType<Carriers["due"]>[number]): WatchedPath {
    if (userId !== null)
      return { connection, fresh, stalled: () => this.deps.topology.silent(userId), flowing: () => {} };
    return {
      connection,
      fresh,
      stalled: () => {
        if (this.echo.cameWithin(STALL_MS)) this.went("downlink", false);
        this.repair.stalled();
        this.deps.doubt();
      },
      flowing: () => {
        this.went("downlink", true);
        this.repair.flowing();
      },
    };
  }

  private went(side: "uplink" | "downlink", well: boolean): void {
    if (this.oneWay[side] === !well) return;
    this.oneWay[side] = !well;
    if (!well) this.deps.count("one_way_audio", { side });
  }
}
