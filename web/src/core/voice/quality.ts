import type { VoiceStats } from "../model";
import type { Scope } from "../scope";
import { StatsMeter } from "./stats";

const READ_MS = 2_000;
const REPORT_MS = 5_000;

export interface QualityDeps {
  /** The connections that carry the sound now; none while there is no path. */
  connections(): RTCPeerConnection[];
  /** The inbound lines that count; null: all of them. */
  countedMids(): Set<string> | null;
  now(): number;
  publish(stats: VoiceStats): void;
  /** Sends voice.stats. */
  report(stats: object): void;
}

/** Reads how well a call is heard, shows it every two seconds and tells the server every five. */
export class Quality {
  private readonly meter = new StatsMeter();
  private last: VoiceStats | null = null;

  constructor(
    private readonly scope: Scope,
    private readonly deps: QualityDeps,
  ) {
    scope.every(READ_MS, () => void this.read());
    scope.every(REPORT_MS, () => this.report());
  }

  private async read(): Promise<void> {
    const connections = this.deps.connections();
    if (connections.length === 0) return;
    const counted = this.deps.countedMids();
    try {
      const stats = await this.meter.read(
        connections,
        this.deps.now(),
        (mid) => counted === null || mid === null || counted.has(mid),
      );
      if (this.scope.closed) return;
      this.last = stats;
      this.deps.publish(stats);
    } catch {
      // A connection was closed while it was read: the next one counts.
    }
  }

  private report(): void {
    const [connection] = this.deps.connections();
    if (!this.last || !connection) return;
    const { bitrateKbps: _, ...stats } = this.last;
    // What could not be measured is left out: null is no number.
    const measured = Object.entries(stats).filter(([, value]) => value !== null);
    this.deps.report({ ...Object.fromEntries(measured), iceState: connection.iceConnectionState });
  }
}
