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
  private sfu: Sink | null = null;
  private readonly pairs = new Set<Sink>();
  private sendsOn = { sfu: true, p2p: false };
  private cancelOverlap: (() => void) | null = null;

  constructor(private readonly scope: Scope) {}

  setTrack(track: MediaStreamTrack | null): void {
    this.track = track;
    this.apply();
  }

  setSfu(sender: Sink | null): void {
    this.sfu = sender;
    this.apply();
  }

  addPair(sender: Sink): () => void {
    this.pairs.add(sender);
    put(sender, this.sendsOn.p2p ? this.track : null);
    return () => {
      this.pairs.delete(sender);
    };
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

  private apply(): void {
    if (this.sfu) put(this.sfu, this.sendsOn.sfu ? this.track : null);
    for (const pair of this.pairs) put(pair, this.sendsOn.p2p ? this.track : null);
  }
}

function put(sender: Sink, track: MediaStreamTrack | null): void {
  // Rejected only when the sender's connection is closed, and it is gone then.
  sender.replaceTrack(track).catch(() => {});
}
