import type { Scope } from "../scope";
import { type Report, selectedPair } from "./stats";

const LOOK_MS = 400;

export interface ConsentDeps {
  /** The path in question; null: none is. */
  connection(): RTCPeerConnection | null;
  /** Nobody speaks whose voice, or its absence, will tell. */
  quiet(): boolean;
  /** The other end has answered by it. */
  answers(): void;
}

/**
 * Finds out whether a path works on which nothing is to be heard: the other end
 * answers the checks that keep its consent (RFC 7675), some every second and
 * all at least every few. They tell of both ways at once.
 */
export class Consent {
  private before: { connection: RTCPeerConnection; pair: string; answers: number } | null = null;
  private looking = false;

  constructor(
    private readonly scope: Scope,
    private readonly deps: ConsentDeps,
  ) {
    scope.every(LOOK_MS, () => void this.look());
  }

  private async look(): Promise<void> {
    const connection = this.deps.connection();
    if (!connection) this.before = null;
    if (!connection || this.looking) return;
    if (this.before && !this.deps.quiet()) return;
    if (this.before && this.before.connection !== connection) {
      // Another one has come up in its place, which takes a handshake both ways.
      this.before = null;
      this.deps.answers();
      return;
    }
    this.looking = true;
    const now = await count(connection);
    this.looking = false;
    if (this.scope.closed || !now || connection !== this.deps.connection()) return;
    const { before } = this;
    this.before ??= { connection, ...now };
    if (before && now.answers > (before.pair === now.pair ? before.answers : 0)) this.deps.answers();
  }
}

/** The pair of candidates in use and what was answered on it; null: there is none. */
async function count(connection: RTCPeerConnection): Promise<{ pair: string; answers: number } | null> {
  try {
    const reports = [...((await connection.getStats()) as unknown as Map<string, Report>).values()];
    const pair = selectedPair(reports, new Map(reports.map((report) => [report.id, report])));
    if (!pair) return null;
    // Not every browser counts answers; all say when or how much came.
    const { responsesReceived, lastPacketReceivedTimestamp, bytesReceived } = pair;
    return {
      pair: pair.id,
      answers: Number(responsesReceived ?? lastPacketReceivedTimestamp ?? bytesReceived ?? 0),
    };
  } catch {
    return null; // it was closed meanwhile
  }
}
