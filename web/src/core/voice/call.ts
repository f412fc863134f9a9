import { asCoreError } from "../http";
import { CoreError, type QualityTrace, type VoiceState } from "../model";
import { Scope } from "../scope";
import type { VoiceJoined, VoiceQuality } from "../wire";
import type { CallDeps } from "./call-deps";
import { Carriers } from "./carriers";
import { Entry } from "./entry";
import { Healing } from "./healing";
import { Mixer } from "./mixer";
import { Outgoing } from "./outgoing";
import { OwnVoice } from "./own-voice";
import { Participants } from "./participants";
import { Quality } from "./quality";
import { SfuPath } from "./sfu-path";
import { TopologyFollower } from "./topology";
import { Uplink } from "./uplink";

/** Between looks at who is heard: 30 a second. */
const PULSE_MS = 33;
/** From a try to join again that nobody answered to the next one. */
const AGAIN_MS = 8_000;

/**
 * One stay in one room's voice, from the click to the leaving, through lost
 * connections and rebuilt media paths. All that it starts ends with `close`.
 *
 * joining: voice.join is on its way. connecting: the first media path comes
 * up. connected. reconnecting: the path or the server is away.
 */
export class Call {
  private readonly scope: Scope;
  private readonly participants: Participants;
  private readonly mixer: Mixer;
  private readonly outgoing: Outgoing;
  private readonly uplink: Uplink;
  private readonly quality: Quality;
  private readonly topology: TopologyFollower;
  private readonly healing: Healing;
  private readonly ownVoice: OwnVoice;
  private readonly carriers: Carriers;
  private readonly entry: Entry;
  private readonly startedAt: number;

  private session: VoiceJoined | null = null;
  private path: SfuPath | null = null;
  private pathScope: Scope | null = null;
  /** Whether the server has let us in once: from then on we come back by ourselves. */
  private entered = false;
  private cancelRejoin: (() => void) | null = null;
  private everConnected = false;
  /** Whether we have asked to be relayed only. */
  private hidden = false;

  constructor(
    readonly slug: string,
    private readonly deps: CallDeps,
  ) {
    const { platform, connection, volumes } = deps;
    const { clock } = platform;
    this.scope = new Scope(clock);
    this.startedAt = clock.now();
    this.entry = new Entry(this.scope, connection);
    this.participants = new Participants(
      () => deps.me.id,
      (userId) => volumes.get(userId),
      (list) => deps.publish({ participants: list }),
    );
    this.mixer = new Mixer(deps.speakers, this.scope, (userId) => volumes.get(userId), clock.now);
    this.outgoing = new Outgoing(this.scope);
    this.uplink = new Uplink(this.outgoing);
    this.ownVoice = new OwnVoice(this.scope, deps, this.outgoing, () => this.session !== null);
    this.topology = new TopologyFollower({
      platform,
      scope: this.scope,
      mixer: this.mixer,
      outgoing: this.outgoing,
      config: () => ({
        iceServers: this.session?.iceServers ?? [],
        iceTransportPolicy: this.session?.iceTransportPolicy ?? "all",
      }),
      selfId: () => deps.me.id,
      others: () => this.participants.others(),
      notify: (type, payload) => connection.notify(type, payload),
      changed: (topology) => {
        deps.publish({ topology });
        this.quality.pathChanged();
        this.healing.moved();
        this.showStatus();
      },
    });
    this.carriers = new Carriers({
      path: () => this.path,
      topology: this.topology,
      mixer: this.mixer,
      participants: this.participants,
      deafened: () => deps.intent().deafened,
    });
    this.healing = new Healing(this.scope, {
      now: clock.now,
      random: platform.random,
      roundTripMs: () => connection.roundTripMs,
      possible: () => connection.isHeard && this.session !== null,
      rejoin: () => void this.rejoin(),
      troubled: (exhausted) => this.mediaTrouble(exhausted),
      mended: () => deps.mended("path"),
      path: () => this.path,
      carriers: this.carriers,
      topology: this.topology,
      mixer: this.mixer,
      deafened: () => deps.intent().deafened,
      muted: () => deps.intent().muted,
      doubt: () => connection.doubt(),
      count: (event, meta) => deps.telemetry.incident(event, meta),
    });
    this.quality = new Quality(this.scope, {
      carriers: () => this.carriers.all(),
      occupant: (carrier, mid) => this.carriers.occupant(carrier, mid),
      people: () => this.participants.all(),
      now: clock.now,
      publish: (change) => deps.publish(change),
      report: (stats) => connection.notify("voice.stats", stats),
    });
    this.listen();
  }

  /** How the call has been heard so far, to be looked at. */
  get trace(): QualityTrace {
    return { ...this.quality.trace, sending: this.uplink.sending };
  }

  /** Joins; rejects with what stood against it, when the caller is to close the call. */
  async start(): Promise<void> {
    const { me, intent, publish, speakers } = this.deps;
    this.scope.add(speakers.hold().release);
    publish({ status: "joining", roomSlug: this.slug, topology: "sfu", connectMs: null, stats: null });
    this.participants.replace({ userId: me.id, userName: me.name, csrc: 0, ...intent() }, []);
    this.scope.every(PULSE_MS, () => this.pulse());
    this.quality.start();
    this.healing.start();
    this.scope.add(this.deps.connection.hurry());
    void this.ownVoice.hold();
    if (!(await this.enter())) await this.entry.follow();
  }

  /** Ends everything here; the server is told by the caller. */
  close(): void {
    this.scope.close();
  }

  /** The user's intent has changed. */
  intentChanged(): void {
    const { muted, deafened } = this.deps.intent();
    this.participants.update(this.deps.me.id, { muted, deafened });
    if (!muted) void this.ownVoice.hold();
    this.ownVoice.report();
  }

  /** Whether the address is to be hidden has changed. */
  hidingChanged(): void {
    if (this.entered) void this.rejoin();
  }

  /** The microphone gives another track, or none any more. */
  trackChanged(track: MediaStreamTrack | null): void {
    this.outgoing.setTrack(track);
  }

  /** The microphone was unplugged and there is no other: it is asked for again at the next unmute. */
  microphoneLost(): void {
    this.ownVoice.lost();
  }

  volumeChanged(userId: string): void {
    this.participants.update(userId, { volume: this.deps.volumes.get(userId) });
    this.mixer.volumeChanged(userId);
  }

  private listen(): void {
    const { events, lifecycle } = this.deps.connection;
    const here = <T extends { roomSlug: string }>(handle: (payload: T) => void) => {
      return (payload: T) => {
        if (payload.roomSlug === this.slug) handle(payload);
      };
    };
    const ends = [
      lifecycle.on("down", () => {
        this.carriers.speakers = [];
        this.showStatus();
      }),
      lifecycle.on("renewed", () => this.healing.renewed()),
      lifecycle.on("ready", ({ resumed }) => this.back(resumed)),
      events.on(
        "voice.joined",
        here((joined) => this.joined(joined)),
      ),
      events.on(
        "voice.left",
        here(({ reason }) => this.leftBy(reason)),
      ),
      events.on(
        "voice.participant_joined",
        here((participant) => {
          if (!this.session) return;
          if (!this.participants.has(participant.userId)) this.deps.cue("otherJoin");
          this.participants.put(participant);
          this.mixer.setCsrcs(this.participants.all());
        }),
      ),
      events.on(
        "voice.participant_left",
        here(({ userId }) => {
          if (!this.participants.has(userId) || userId === this.deps.me.id) return;
          this.deps.cue("otherLeave");
          this.participants.remove(userId);
          this.topology.left(userId);
        }),
      ),
      events.on(
        "voice.speaking",
        here(({ userIds }) => {
          this.carriers.speakers = userIds ?? [];
        }),
      ),
      events.on(
        "voice.stage",
        here(({ userIds }) => {
          if (this.session) this.deps.publish({ stage: userIds ?? [] });
        }),
      ),
      events.on("voice.quality", (word) => this.session && this.heed(word)),
      events.on("voice.slots", ({ slots }) => this.mixer.setHints(slots)),
      events.on(
        "voice.topology",
        here((change) => this.session && this.topology.follow(change)),
      ),
      events.on("sfu.answer", ({ epoch, sdp }) => {
        if (epoch === this.session?.epoch) this.path?.answered(sdp);
      }),
      events.on("sfu.ice", ({ epoch, candidate }) => {
        if (epoch === this.session?.epoch) this.path?.addCandidate(candidate);
      }),
      events.on(
        "call.mic_state",
        here(({ fromUserId, muted, audioMuted }) => {
          this.participants.update(fromUserId, { muted, deafened: audioMuted });
        }),
      ),
    ];
    for (const end of ends) this.scope.add(end);
    this.topology.listen(events, this.slug);
  }

  /** voice.join, up to voice.joined; false: we joined once more meanwhile, which says the rest. */
  private async enter(): Promise<boolean> {
    const entered = await this.entry.begin(() => {
      const { hidesAddress, intent } = this.deps;
      this.hidden = hidesAddress();
      this.ownVoice.assume();
      return { roomSlug: this.slug, ...intent(), ...(this.hidden ? { relayOnly: true } : { p2p: true }) };
    });
    if (entered) this.ownVoice.report(); // what has changed meanwhile
    return entered;
  }

  private joined(answer: VoiceJoined): void {
    if (!this.entry.answered()) return;
    // An older server does not know what we have asked for.
    const session: VoiceJoined = this.hidden ? { ...answer, iceTransportPolicy: "relay" } : answer;
    this.session = session;
    this.entered = true;
    this.deps.entered();
    const { me, intent } = this.deps;
    this.topology.reset();
    const self = { userId: me.id, userName: me.name, csrc: session.csrc, ...intent() };
    this.participants.replace(self, session.participants ?? []);
    this.heed(null); // nothing was said of this session yet
    this.mixer.setHints([]);
    this.deps.publish({ stage: [] }); // who is on it follows
    this.mixer.setCsrcs(this.participants.all());
    this.buildPath(session);
    this.healing.repair.began();
    this.showStatus();
    if (this.hidden !== this.deps.hidesAddress()) this.hidingChanged(); // it has changed meanwhile
  }

  /** The connection is back; without a resume the server has forgotten us. */
  private back(resumed: boolean): void {
    if (!this.entered) return; // the first join reports its own failure
    if (!resumed || !this.session) {
      this.healing.repair.settle(false);
      void this.rejoin();
      return;
    }
    this.healing.back(this.path?.connected ?? false);
    this.ownVoice.report();
    this.showStatus();
  }

  /**
   * Joins again, when the server has forgotten us or a new session is the last
   * way to sound; in place of our own old one, if there is any.
   */
  async rejoin(): Promise<void> {
    this.cancelRejoin?.();
    this.dropPath();
    this.session = null;
    this.showStatus();
    try {
      await this.enter();
    } catch (reason) {
      if (this.scope.closed) return;
      const error = asCoreError(reason);
      // A lost connection is no refusal: the next session joins again.
      if (error.code === "ServerUnreachable") this.rejoinLater();
      else {
        this.deps.connection.notify("voice.leave", {}); // the stay before may still stand
        this.deps.ended(error);
      }
    }
  }

  /** No answer though the connection stands; when it fell, its return begins the next try. */
  private rejoinLater(): void {
    this.cancelRejoin?.();
    this.cancelRejoin = this.scope.after(AGAIN_MS, () => {
      if (!this.session && this.deps.connection.isOnline) void this.rejoin();
    });
  }

  private leftBy(reason: string): void {
    if (!this.session) return; // said of a stay before this one
    switch (reason) {
      case "moved":
        this.deps.ended(new CoreError("MovedElsewhere", "voice was joined from another device"));
        break;
      case "kicked":
        this.deps.ended(new CoreError("Kicked", "disconnected by a moderator"));
        break;
      case "roomClosed":
        this.deps.ended(new CoreError("RoomNotFound", "the room was closed"));
        break;
      case "disconnected":
        void this.rejoin();
        break;
      default:
        this.deps.ended(null);
    }
  }

  private buildPath(session: VoiceJoined): void {
    this.dropPath();
    const scope = this.scope.child();
    this.pathScope = scope;
    this.path = new SfuPath(session, {
      platform: this.deps.platform,
      connection: this.deps.connection,
      scope,
      mixer: this.mixer,
      uplink: this.uplink,
      state: (state) => this.pathState(state),
      refused: (error) => this.pathRefused(error),
    });
  }

  /** The server's word on the connection: what we get, and what it wants of us. */
  private heed(word: VoiceQuality | null): void {
    this.uplink.obey(word?.uplink ?? null);
    this.quality.hear(word);
    this.healing.heed(word);
  }

  private dropPath(): void {
    this.pathScope?.close();
    this.pathScope = this.path = null;
  }

  private pathState(state: RTCPeerConnectionState): void {
    this.healing.state(state);
    if (state === "connected" && !this.everConnected) {
      this.everConnected = true;
      this.deps.publish({ connectMs: this.deps.platform.clock.now() - this.startedAt });
    }
    this.showStatus();
  }

  /** The server does not take our offer, or we not its answer. */
  private pathRefused(error: CoreError): void {
    switch (error.code) {
      case "RateLimited":
        break; // the repair's next step follows by itself
      case "NotInVoice":
      case "StaleEpoch":
        void this.rejoin();
        break;
      default:
        // What was refused from the start is refused again.
        if (this.path?.everConnected) this.healing.repair.now();
        else {
          this.deps.connection.notify("voice.leave", {});
          this.deps.ended(error);
        }
    }
  }

  private mediaTrouble(exhausted: boolean): void {
    if (this.topology.pairsConnected) return; // nobody misses the SFU now
    const relayed = this.session?.iceTransportPolicy === "relay";
    const trouble = exhausted
      ? new CoreError(relayed ? "MediaRelayBlocked" : "MediaBlocked", "no path for sound comes up")
      : new CoreError("MediaLost", "the path for sound was lost and is being rebuilt");
    this.deps.publish({ trouble });
    this.showStatus();
  }

  private showStatus(): void {
    if (this.scope.closed) return;
    const carried = this.path?.connected || this.topology.pairsConnected;
    let status: VoiceState["status"] = "connecting";
    if (this.everConnected) {
      const whole = this.deps.connection.isOnline && this.session !== null && carried;
      status = whole ? "connected" : "reconnecting";
    } else if (!this.session) status = "joining";
    this.deps.publish({ status });
  }

  private pulse(): void {
    this.deps.levels(this.mixer.poll().set(this.deps.me.id, this.ownVoice.level()));
  }
}
