import type { Scope } from "../scope";

const LOOK_MS = 200;
/** Somebody speaks for this long and nothing of it arrives: the path is dead. */
export const STALL_MS = 800;

/** A connection that somebody is said to speak on. */
export interface WatchedPath {
  connection: RTCPeerConnection;
  /** Whether a packet was played from it just now. */
  fresh(): boolean;
  stalled(): void;
  flowing(): void;
}

/**
 * Compares what should arrive with what does, since a path can be dead while
 * it says that it is connected. What was played tells first, which costs
 * nothing; only in doubt are the received packets counted.
 */
export class Watchdog {
  private seen = new Map<RTCPeerConnection, { at: number; packets: number | null }>();
  private looking = false;

  constructor(
    private readonly scope: Scope,
    private readonly now: () => number,
    /** The paths on which somebody should be heard now; none in silence. */
    private readonly due: () => WatchedPath[],
  ) {
    scope.every(LOOK_MS, () => void this.look());
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const due = this.due();
      const gone = new Set(this.seen.keys());
      for (const path of due) gone.delete(path.connection);
      for (const connection of gone) this.seen.delete(connection);
      for (const path of due) await this.judge(path);
    } finally {
      this.looking = false;
    }
  }

  private async judge(path: WatchedPath): Promise<void> {
    const { connection } = path;
    const before = this.seen.get(connection);
    if (path.fresh()) {
      this.seen.set(connection, { at: this.now(), packets: null });
      path.flowing();
      return;
    }
    const packets = await received(connection);
    if (this.scope.closed || packets === null) return;
    if (before?.packets === undefined || before.packets === null) {
      this.seen.set(connection, { at: before?.at ?? this.now(), packets });
    } else if (packets !== before.packets) {
      this.seen.set(connection, { at: this.now(), packets });
      path.flowing();
    } else if (this.now() - before.at >= STALL_MS) {
      this.seen.set(connection, { at: this.now(), packets });
      path.stalled();
    }
  }
}

/** Audio packets received so far; null when the connection was closed meanwhile. */
async function received(connection: RTCPeerConnection): Promise<number | null> {
  try {
    let packets = 0;
    for (const report of (await connection.getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "audio") packets += report.packetsReceived ?? 0;
    }
    return packets;
  } catch {
    return null;
  }
}
