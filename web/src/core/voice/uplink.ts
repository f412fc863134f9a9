import type { Sending } from "../model";
import type { UplinkQuality } from "../wire";
import type { Layer, Outgoing } from "./outgoing";

/** The high layer's bit/s until the server has said otherwise. */
export const HIGH_BITRATE = 48_000;
/** The low layer's, where the server says nothing of it. */
export const LOW_BITRATE = 16_000;
/** What Opus can be asked for at all, bit/s (RFC 6716 section 2.1.1). */
const [LEAST, MOST] = [6_000, 510_000];

/** A connection to the SFU, as far as what is sent on it can be chosen. */
export interface UplinkSenders {
  high: RTCRtpSender;
  low: RTCRtpSender;
  /**
   * Repeats earlier frames in each packet, or does not, where that was negotiated, and
   * makes packets of so many ms, where the browser can.
   */
  send(redundant: boolean, packetMs: number): void;
  /** Whether earlier frames are repeated. */
  readonly redundant: boolean;
}

interface Link {
  senders: UplinkSenders;
  high: Tuner;
  low: Tuner;
}

/**
 * What the server wants of us (voice.quality.uplink), and the one place that
 * carries it out: layers, bitrate, redundancy, length of packets. Its word holds for
 * connections that are made later too, and until the session ends. No layers are a
 * pause, in which the queue of a thin line empties.
 */
export class Uplink {
  private word: UplinkQuality | null = null;
  private readonly links = new Set<Link>();

  constructor(private readonly outgoing: Outgoing) {}

  /** Sends on a connection too, until the returned end. */
  add(senders: UplinkSenders): () => void {
    const link = { senders, high: new Tuner(senders.high), low: new Tuner(senders.low) };
    this.links.add(link);
    const ends = (["high", "low"] as const).map((layer) => this.outgoing.addSfu(senders[layer], layer));
    this.tune(link);
    return () => {
      this.links.delete(link);
      for (const end of ends) end();
    };
  }

  /** What the server has said last; null: nothing, in a new session. */
  obey(word: UplinkQuality | null): void {
    this.word = word;
    this.outgoing.setLayers(this.layers);
    for (const link of this.links) this.tune(link);
  }

  /** A negotiation is over: what it did not let through goes through now. */
  negotiated(): void {
    for (const link of this.links) this.tune(link);
  }

  /** What is sent to the SFU now. */
  get sending(): Sending {
    const redundant = [...this.links].some(({ senders }) => senders.redundant);
    return { layers: this.layers, maxBitrate: this.maxBitrate, redundant };
  }

  private get layers(): Layer[] {
    if (!this.word) return ["high"];
    const wanted = this.word.layers ?? [];
    return (["high", "low"] as const).filter((layer) => wanted.includes(layer));
  }

  private get maxBitrate(): number {
    return bounded(this.word?.maxBitrate, HIGH_BITRATE);
  }

  private tune({ senders, high, low }: Link): void {
    high.limit(this.maxBitrate);
    low.limit(bounded(this.word?.lowMaxBitrate, LOW_BITRATE));
    senders.send((this.word?.redundancy ?? 0) > 0, this.word?.frameMs ?? 0);
  }
}

/** A bitrate that Opus can have; where none is wanted, the usual one. */
function bounded(wanted: number | undefined, usual: number): number {
  return wanted !== undefined && wanted > 0 ? Math.min(MOST, Math.max(LEAST, wanted)) : usual;
}

/** Sets a sender's bitrate, one change after the other: two at once refuse each other. */
class Tuner {
  private wanted = 0;
  private busy = false;

  constructor(private readonly sender: RTCRtpSender) {}

  limit(bitrate: number): void {
    this.wanted = bitrate;
    if (!this.busy) void this.work();
  }

  private async work(): Promise<void> {
    this.busy = true;
    for (let tried = -1; tried !== this.wanted; ) {
      tried = this.wanted;
      try {
        const parameters = this.sender.getParameters();
        const [encoding] = parameters.encodings;
        if (!encoding || encoding.maxBitrate === tried) continue;
        encoding.maxBitrate = tried;
        await this.sender.setParameters(parameters);
      } catch {
        // In the middle of a negotiation, or closed: the next word, or the negotiation's end, tries again.
      }
    }
    this.busy = false;
  }
}
