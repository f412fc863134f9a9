import type { Scope } from "../scope";
import type { VoiceQuality } from "../wire";

/** From the server's word to the look whether anything was sent since. */
const AGAIN_MS = 300;

/** Whoever mends the path when nothing of ours arrives. */
interface Mender {
  heard(heard: boolean): void;
}

/**
 * Listens to the server's word that nothing comes of us, and has the path mended once it is to be believed.
 *
 * Nothing of our microphone (uplink.lossPct 100) counts once packets were sent
 * in between: a browser whose audio stands still, in a frozen page, sends none,
 * and no repair helps it. Nothing at all, not even reports (downlink.state
 * "lost"), counts when it is said again: the first may have waited for us to wake.
 */
export class Unheard {
  private sent: number | null = null;
  private lostOn: RTCPeerConnection | null = null;
  private cancel: (() => void) | null = null;

  constructor(
    private readonly scope: Scope,
    private readonly repair: Mender,
  ) {}

  /** The newest word, the connection that we are on, null: none to the server, and whether we speak on it. */
  async word(
    word: VoiceQuality | null,
    connection: RTCPeerConnection | null,
    sending: boolean,
  ): Promise<void> {
    this.cancel?.();
    this.cancel = null;
    const lost = word?.downlink.state === "lost";
    const again = lost && connection !== null && this.lostOn === connection;
    this.lostOn = lost ? connection : null;
    const silent = sending && (word?.uplink.lossPct ?? 0) >= 100;
    if (!connection || (!silent && !lost)) {
      this.sent = null;
      this.repair.heard(true);
    } else if (again) this.repair.heard(false);
    else if (silent) await this.look(connection);
  }

  /** Whether anything was sent since the last look; the first is followed by another. */
  private async look(connection: RTCPeerConnection): Promise<void> {
    const before = this.sent;
    const sent = await packetsSent(connection);
    if (sent === null) return;
    this.sent = sent;
    if (before !== null && sent > before) this.repair.heard(false);
    else if (before === null) this.cancel = this.scope.after(AGAIN_MS, () => void this.look(connection));
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
