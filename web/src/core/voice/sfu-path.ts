import { asCoreError } from "../http";
import { CoreError } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import type { Scope } from "../scope";
import type { Track, VoiceJoined } from "../wire";
import type { Mixer } from "./mixer";
import { SfuLink } from "./sfu-link";
import type { Uplink } from "./uplink";

/** From sfu.offer to sfu.answer. */
const ANSWER_MS = 8_000;
/** A link that was to take another's place and is not connected by now is given up. */
const SUCCEED_MS = 10_000;

interface Link {
  sfu: SfuLink;
  scope: Scope;
}

interface Exchange {
  resolve(sdp: string): void;
  reject(reason: CoreError): void;
}

export interface SfuPathDeps {
  platform: Platform;
  connection: Connection;
  scope: Scope;
  mixer: Mixer;
  uplink: Uplink;
  /** The state of the link that carries the sound; "connected" also when another takes its place. */
  state(state: RTCPeerConnectionState): void;
  /** An offer was refused, or the answer made no sense. A lost connection is neither. */
  refused(error: CoreError): void;
}

/**
 * The way between one voice session and the SFU. There is one PeerConnection,
 * and a second one while it is being replaced: the old one serves until the
 * new one is connected.
 */
export class SfuPath {
  private serving: Link | null = null;
  private next: Link | null = null;
  /** Offers that were not answered yet, in the order they were sent: so the answers come. */
  private readonly exchanges: Exchange[] = [];
  private up = false;

  constructor(
    private readonly session: VoiceJoined,
    private readonly deps: SfuPathDeps,
  ) {
    this.serving = this.build();
  }

  get connected(): boolean {
    return this.serving?.sfu.connected ?? false;
  }

  /** Whether it has ever been connected. */
  get everConnected(): boolean {
    return this.up;
  }

  /** The PeerConnection that carries the sound; null while none is connected. */
  get carrier(): RTCPeerConnection | null {
    return this.serving?.sfu.connected ? this.serving.sfu.pc : null;
  }

  /** Restarts ICE on the PeerConnection that is there. */
  restart(): void {
    this.serving?.sfu.negotiate(true);
  }

  /** Makes a new PeerConnection, which takes the old one's place once it is connected. */
  rebuild(): void {
    this.next?.scope.close();
    const next = this.build();
    this.next = next;
    next.scope.after(SUCCEED_MS, () => {
      if (this.next === next) this.giveUp(next);
    });
  }

  /** What the server says in sfu.answer. */
  answered(sdp: string): void {
    this.exchanges.shift()?.resolve(sdp);
  }

  /** What the server says in sfu.ice; it is about the newest offer. */
  addCandidate(candidate: RTCIceCandidateInit | null): void {
    (this.next ?? this.serving)?.sfu.addCandidate(candidate);
  }

  private build(): Link {
    const { platform, connection, mixer, uplink } = this.deps;
    const { epoch } = this.session;
    const scope = this.deps.scope.child();
    const sfu = new SfuLink(platform, scope, this.session, {
      exchange: (sdp, tracks) => this.exchange(sdp, tracks),
      candidate: (candidate) => connection.notify("sfu.ice", { epoch, candidate }),
      slot: (receiver, track, mid) => scope.add(mixer.addSlot(receiver, track, mid)),
      state: (state) => this.stateOf(link, state),
      negotiated: () => uplink.negotiated(),
      failed: (reason) => this.failed(reason),
    });
    const link = { sfu, scope };
    scope.add(uplink.add(sfu));
    sfu.negotiate();
    return link;
  }

  private stateOf(link: Link, state: RTCPeerConnectionState): void {
    if (link === this.next) {
      if (state === "failed") this.giveUp(link);
      if (state !== "connected") return;
      const old = this.serving;
      this.serving = link;
      this.next = null;
      old?.scope.close();
    }
    if (state === "connected") this.up = true;
    if (link === this.serving) this.deps.state(state);
  }

  private giveUp(next: Link): void {
    this.next = null;
    next.scope.close();
  }

  private failed(reason: unknown): void {
    const error = asCoreError(reason);
    // The browser's own words are no code of ours.
    if (error.code === "Unknown") this.deps.refused(new CoreError("NegotiationFailed", error.message));
    else if (error.code !== "ServerUnreachable") this.deps.refused(error);
  }

  private async exchange(sdp: string, tracks: Track[]): Promise<string> {
    const exchange: Exchange = { resolve: () => {}, reject: () => {} };
    const answer = new Promise<string>((resolve, reject) => Object.assign(exchange, { resolve, reject }));
    answer.catch(() => {}); // awaited below, unless the request fails first
    this.exchanges.push(exchange);
    const cancel = this.deps.scope.after(ANSWER_MS, () => {
      exchange.reject(new CoreError("ServerUnreachable", "no answer to the offer"));
    });
    try {
      await this.deps.connection.request("sfu.offer", { epoch: this.session.epoch, sdp, tracks });
      return await answer;
    } finally {
      cancel();
      const at = this.exchanges.indexOf(exchange);
      if (at >= 0) this.exchanges.splice(at, 1);
    }
  }
}
