import type { Scope } from "../scope";
import type { UplinkQuality } from "../wire";

/** From the server's word to the look whether anything was sent since. */
const AGAIN_MS = 300;

/** Whoever mends the path when nothing of ours arrives. */
interface Mender {
  heard(heard: boolean): void;
}

/**
 * Listens to the server's word that nothing comes of our microphone
 * (lossPct 100), and believes it once packets were sent in between: a browser
 * whose audio stands still, in a frozen page, sends none, and no repair helps it.
 */
export class Unheard {
  private sent: number | null = null;
  private cancel: (() => void) | null = null;

  constructor(
    private readonly scope: Scope,
    private readonly repair: Mender,
  ) {}

  /** The newest word, and the connection that we send on; null: on none to the server. */
  async word(uplink: UplinkQuality | null, connection: RTCPeerConnection | null): Promise<void> {
    this.cancel?.();
    this.cancel = null;
    if (!connection || (uplink?.lossPct ?? 0) < 100) {
      this.sent = null;
      this.repair.heard(true);
      return;
    }
    const before = this.sent;
    const sent = await packetsSent(connection);
    if (sent === null) return;
    this.sent = sent;
    if (before !== null && sent > before) this.repair.heard(false);
    else if (before === null)
      this.cancel = this.scope.after(AGAIN_MS, () => void this.word(uplink, connection));
  }
}

/** Audio packets sent so far; null when the connection was closed meanwhile. */
async function packetsSent(connection: RTCPeerConnection): Promise<number | null> {
  try {
    let packets = 0;
    for (const report of (await connection.getStats()).values()) {
      if (report.type === "outbound-rtp" && report.kind === "audio") packets += report.packetsSent ?? 0;
    }
    return packets;
  } catch {
    return null;
  }
}
