import type { Topology } from "../model";
import type { Scope } from "../scope";

/** How long both paths carry the voice when the room changes over. */
const OVERLAP_MS = 200;

/** A sender that the voice may go out on. */
type Sink = Pick<RTCRtpSender, "replaceTrack">;

/**
 * The one place that says on which senders the microphone's track goes out.
 * A sender that is not wanted is parked with replaceTrack(null), which costs
 * no negotiation and resumes at once.
 */
export class Outgoing {
  private track: MediaStreamTrack | null = null;
  private readonly sinks: Record<Topology, Set<Sink>> = { sfu: new Set(), p2p: new Set() };
  private sendsOn = { sfu: true, p2p: false };
  private cancelOverlap: (() => void) | null = null;

  constructor(private readonly scope: Scope) {}

  setTrack(track: MediaStreamTrack | null): void {
    this.track = track;
    this.apply();
  }

  /** Sends on a connection to the SFU too, while the room is on it, until the returned end. */
  addSfu(sender: Sink): () => void {
    return this.add("sfu", sender);
  }

  /** Sends on a pair too, while the room is on them, until the returned end. */
  addPair(sender: Sink): () => void {
    return this.add("p2p", sender);
  }

  /** Sends on `topology` at once, and on the other for a moment more. */
  switchTo(topology: Topology): void {
    this.cancelOverlap?.();
    this.sendsOn[topology] = true;
    this.apply();
    const other = topology === "p2p" ? "sfu" : "p2p";
    this.cancelOverlap = this.scope.after(OVERLAP_MS, () => {
      this.sendsOn[other] = false;
      this.apply();
    });
  }

  private add(topology: Topology, sender: Sink): () => void {
    this.sinks[topology].add(sender);
    put(sender, this.sendsOn[topology] ? this.track : null);
    return () => {
      this.sinks[topology].delete(sender);
    };
  }

  private apply(): void {
    for (const topology of ["sfu", "p2p"] as const) {
      const track = this.sendsOn[topology] ? this.track : null;
      for (const sink of this.sinks[topology]) put(sink, track);
    }
  }
}

function put(sender: Sink, track: MediaStreamTrack | null): void {
  // Rejected only when the sender's connection is closed, and it is gone then.
  sender.replaceTrack(track).catch(() => {});
}
