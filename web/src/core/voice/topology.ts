import type { Emitter } from "../emitter";
import type { Topology } from "../model";
import type { Scope } from "../scope";
import type { Events, RelayedCall, VoiceTopology } from "../wire";
import { Mesh, type MeshDeps, type Signal } from "./mesh";
import type { Mixer } from "./mixer";
import type { Outgoing } from "./outgoing";

/**
 * Pairs outlive the word to leave them by this much: the others may still be
 * listening to them.
 */
const CLOSE_AFTER_MS = 600;
/** Signals that may arrive before the change they belong to. */
const EARLY_LIMIT = 64;

export interface TopologyDeps extends Omit<MeshDeps, "scope" | "config"> {
  scope: Scope;
  config(): MeshDeps["config"];
  selfId(): string;
  others(): string[];
  changed(topology: Topology): void;
}

/**
 * Follows the room from the SFU to pairs and back, as the server says. Words
 * of an older change are not heard.
 */
export class TopologyFollower {
  private epoch = 0;
  private mesh: Mesh | null = null;
  private readonly leaving = new Set<Mesh>();
  private early: { type: Signal; call: RelayedCall }[] = [];
  private current: Topology = "sfu";
  private readonly mixer: Mixer;
  private readonly outgoing: Outgoing;

  constructor(private readonly deps: TopologyDeps) {
    this.mixer = deps.mixer;
    this.outgoing = deps.outgoing;
  }

  get topology(): Topology {
    return this.current;
  }

  /** The pairs that carry the sound; none on the SFU. */
  pairs(): { userId: string; connection: RTCPeerConnection }[] {
    return this.current === "p2p" ? (this.mesh?.connections() ?? []) : [];
  }

  get pairsConnected(): boolean {
    return this.current === "p2p" && (this.mesh?.connected ?? false);
  }

  follow(change: VoiceTopology): void {
    if (change.epoch < this.epoch) return;
    this.epoch = change.epoch;
    if (change.phase === "abort") this.abort();
    else if (change.topology === "p2p") {
      if (change.phase === "prepare") this.prepare();
      else this.commitPairs();
    } else if (change.phase === "commit") this.commitSfu();
  }

  /** Takes the others' signals in room `slug`. */
  listen(events: Emitter<Events>, slug: string): void {
    for (const type of ["call.offer", "call.answer", "call.ice"] as const) {
      this.deps.scope.add(events.on(type, (call) => call.roomSlug === slug && this.signal(type, call)));
    }
    for (const type of ["call.reject", "call.hangup"] as const) {
      const reason = type === "call.reject" ? "rejected" : "hangup";
      this.deps.scope.add(events.on(type, (call) => call.roomSlug === slug && this.ended(call, reason)));
    }
  }

  /** A pair says that it is connected, and nothing arrives on it. */
  silent(userId: string): void {
    this.mesh?.ended(userId, "silent");
  }

  left(userId: string): void {
    this.mesh?.remove(userId);
  }

  /** A new voice session begins on the SFU, whatever was before. */
  reset(): void {
    this.dropMeshes();
    this.early = [];
    this.epoch = 0;
    this.outgoing.switchTo("sfu");
    this.set("sfu");
  }

  private signal(type: Signal, call: RelayedCall): void {
    // Without an epoch (older clients) nothing is stale.
    const epoch = call.epoch ?? this.mesh?.epoch ?? this.epoch;
    if (this.mesh && epoch === this.mesh.epoch) this.mesh.receive(type, call);
    else if (epoch > this.epoch || (!this.mesh && epoch === this.epoch)) {
      this.early.push({ type, call });
      if (this.early.length > EARLY_LIMIT) this.early.shift();
    }
  }

  private ended(call: RelayedCall, reason: string): void {
    if (this.mesh && (call.epoch ?? this.mesh.epoch) === this.mesh.epoch) {
      this.mesh.ended(call.fromUserId, reason);
    }
  }

  private prepare(): void {
    this.mesh?.close();
    const { deps, epoch } = this;
    this.mesh = new Mesh(epoch, deps.selfId(), deps.others(), {
      ...deps,
      scope: deps.scope.child(),
      config: deps.config(),
    });
    const early = this.early.splice(0);
    for (const { type, call } of early) this.signal(type, call);
  }

  private commitPairs(): void {
    if (!this.mesh) {
      // We have no pairs to send on: the room must stay on the SFU.
      const [other] = this.deps.others();
      if (other) {
        const payload = { targetUserId: other, reason: "notPrepared", epoch: this.epoch };
        this.deps.notify("call.failed", payload);
      }
      return;
    }
    this.outgoing.switchTo("p2p");
    this.mixer.switchTo("p2p", this.mesh.userIds(), () => {});
    this.set("p2p");
  }

  private commitSfu(): void {
    const { mesh } = this;
    this.mesh = null;
    this.outgoing.switchTo("sfu");
    this.set("sfu");
    if (!mesh) return;
    this.leaving.add(mesh);
    this.mixer.switchTo("sfu", mesh.userIds(), () => {});
    this.deps.scope.after(CLOSE_AFTER_MS, () => {
      mesh.close();
      this.leaving.delete(mesh);
    });
  }

  private abort(): void {
    if (this.current === "p2p") {
      this.commitSfu(); // nothing is left to abort: the SFU is where the room stays
      return;
    }
    this.mesh?.close();
    this.mesh = null;
  }

  private dropMeshes(): void {
    this.mesh?.close();
    this.mesh = null;
    for (const mesh of this.leaving) mesh.close();
    this.leaving.clear();
  }

  private set(topology: Topology): void {
    if (topology === this.current) return;
    this.current = topology;
    this.deps.changed(topology);
  }
}
