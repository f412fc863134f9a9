import type { Topology } from "../model";
import type { Scope } from "../scope";

/** How long both paths carry the voice when the room changes over. */
const OVERLAP_MS = 200;

/** One of the microphone's two encodings on the SFU. */
export type Layer = "high" | "low";

/** A sender that the voice may go out on. */
type Sink = Pick<RTCRtpSender, "replaceTrack">;

/**
 * The one place that says on which senders the microphone's track goes out.
 * A sender that is not wanted is parked with replaceTrack(null), which costs
 * no negotiation and resumes at once; active=false would go on sending in
 * Firefox.
 */
export class Outgoing {
  private track: MediaStreamTrack | null = null;
  private readonly sfu = new Map<Sink, Layer>();
  private readonly pairs = new Set<Sink>();
  private sendsOn = { sfu: true, p2p: false };
  private layers: ReadonlySet<Layer> = new Set(["high"]);
  private cancelOverlap: (() => void) | null = null;

  constructor(private readonly scope: Scope) {}

  setTrack(track: MediaStreamTrack | null): void {
    this.track = track;
    this.apply();
  }

  /** The layers that somebody on the SFU wants; the others are parked. */
  setLayers(layers: Iterable<Layer>): void {
    const wanted = new Set(layers);
    // Said again with every word of the server's: a sender is not to be touched for nothing.
    if (wanted.size === this.layers.size && [...wanted].every((layer) => this.layers.has(layer))) return;
    this.layers = wanted;
    this.apply();
  }

  /** Sends a layer on a connection to the SFU too, while the room is on it and wants it, until the returned end. */
  addSfu(sender: Sink, layer: Layer): () => void {
    this.sfu.set(sender, layer);
    put(sender, this.onSfu(layer));
    return () => {
      this.sfu.delete(sender);
    };
  }

  /** Sends on a pair too, while the room is on them, until the returned end. */
  addPair(sender: Sink): () => void {
    this.pairs.add(sender);
    put(sender, this.onPairs());
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

  private onSfu(layer: Layer): MediaStreamTrack | null {
    return this.sendsOn.sfu && this.layers.has(layer) ? this.track : null;
  }

  private onPairs(): MediaStreamTrack | null {
    return this.sendsOn.p2p ? this.track : null;
  }

  private apply(): void {
    for (const [sink, layer] of this.sfu) put(sink, this.onSfu(layer));
    for (const sink of this.pairs) put(sink, this.onPairs());
  }
}

function put(sender: Sink, track: MediaStreamTrack | null): void {
  // Rejected only when the sender's connection is closed, and it is gone then.
  sender.replaceTrack(track).catch(() => {});
}
