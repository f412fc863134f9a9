import type { Platform } from "../platform";
import type { Scope } from "../scope";
import type { RelayedCall } from "../wire";
import type { Mixer } from "./mixer";
import type { Outgoing } from "./outgoing";
import { Pair, type PairConfig } from "./pair";

export type Signal = "call.offer" | "call.answer" | "call.ice";

export interface MeshDeps {
  platform: Platform;
  scope: Scope;
  config: PairConfig;
  mixer: Mixer;
  outgoing: Outgoing;
  /** Sends one of section 4's P2P messages; whether it arrived shows by itself. */
  notify(type: string, payload: object): void;
}

/**
 * The pairs of one change of the room's topology, laid over the SFU's session.
 * It says when all are connected and when one is not; what follows from that
 * is the server's to decide.
 */
export class Mesh {
  private readonly pairs = new Map<string, { pair: Pair; scope: Scope }>();
  private readySent = false;

  constructor(
    /** The room's change that these pairs are for. */
    readonly epoch: number,
    private readonly self: string,
    others: string[],
    private readonly deps: MeshDeps,
  ) {
    for (const other of others) this.build(other);
  }

  get connected(): boolean {
    return this.pairs.size > 0 && [...this.pairs.values()].every(({ pair }) => pair.connected);
  }

  userIds(): string[] {
    return [...this.pairs.keys()];
  }

  /** Each pair's connection, by whom it leads to. */
  connections(): { userId: string; connection: RTCPeerConnection }[] {
    return [...this.pairs].map(([userId, { pair }]) => ({ userId, connection: pair.pc }));
  }

  receive(type: Signal, { fromUserId, signal }: RelayedCall): void {
    void this.pairs.get(fromUserId)?.pair.receive(type, signal);
  }

  /** The pair is of no use: the other ended it or cannot do pairs, or it carries nothing. */
  ended(userId: string, reason: string): void {
    if (this.pairs.has(userId)) this.failed(userId, reason);
  }

  /** Somebody has left: his pair is closed, which is no failure. */
  remove(userId: string): void {
    this.pairs.get(userId)?.scope.close();
    this.pairs.delete(userId);
  }

  close(): void {
    for (const userId of this.userIds()) this.remove(userId);
    this.deps.scope.close();
  }

  private build(userId: string): void {
    const { platform, config, mixer, outgoing } = this.deps;
    const scope = this.deps.scope.child();
    const pair = new Pair(platform, scope, config, {
      send: (type, signal) => this.deps.notify(type, { targetUserId: userId, signal, epoch: this.epoch }),
      track: (receiver, track) => scope.add(mixer.addPair(userId, receiver, track)),
      sender: (sender) => scope.add(outgoing.addPair(sender)),
      connected: () => this.pairConnected(),
      failed: (reason) => this.failed(userId, reason),
    });
    this.pairs.set(userId, { pair, scope });
    // The larger id offers, so that the two never offer at once.
    if (this.self > userId) void pair.offer();
  }

  private pairConnected(): void {
    if (this.readySent || !this.connected) return;
    this.readySent = true;
    this.deps.notify("voice.ready", { epoch: this.epoch });
  }

  private failed(userId: string, reason: string): void {
    // The pair stays as it is: the server's next word closes it, after the sound has moved.
    this.deps.notify("call.failed", { targetUserId: userId, reason, epoch: this.epoch });
  }
}
