import type { Person } from "./person";

/** What a page's connections have carried so far, by their own statistics. */
export interface Flow {
  /** The connections that there have been, and how many are closed or have failed. */
  made: number;
  ended: number;
  /** How often what one of them sends was exchanged, or taken away for a while. */
  exchanges: number;
  /** Of the audio that they send and receive. */
  packetsSent: number;
  packetsReceived: number;
  packetsLost: number;
  packetsDiscarded: number;
  /** How many of them the microphone is sent on. */
  sources: number;
  /** What the microphone gave to be sent, s. */
  captured: number;
}

/** Runs in the page before its own scripts: keeps its connections for flowOf. */
export function keepConnections(): void {
  const Native = window.RTCPeerConnection;
  const kept: RTCPeerConnection[] = [];
  const state = { kept, exchanges: 0 };
  Object.assign(window, { __connections: state });
  const replaceTrack = RTCRtpSender.prototype.replaceTrack;
  RTCRtpSender.prototype.replaceTrack = function (track) {
    state.exchanges++;
    return replaceTrack.call(this, track);
  };
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      kept.push(this);
    }
  };
}

/** What a page with keepConnections sends by: the candidates in use of its connections that are connected. */
export function localCandidates(person: Person): Promise<Record<string, unknown>[]> {
  return person.page.evaluate(async () => {
    const { kept } = (window as unknown as { __connections: { kept: RTCPeerConnection[] } }).__connections;
    const found: Record<string, unknown>[] = [];
    for (const pc of kept.filter((one) => one.connectionState === "connected")) {
      const stats = [...((await pc.getStats()) as unknown as Map<string, Record<string, unknown>>).values()];
      const transport = stats.find(({ type }) => type === "transport");
      const pair = stats.find(({ id }) => id === transport?.selectedCandidatePairId);
      const local = stats.find(({ id }) => id === pair?.localCandidateId);
      if (local) found.push(local);
    }
    return found;
  });
}

/** Reads the statistics of a page with keepConnections. */
export async function flowOf(person: Person): Promise<Flow> {
  return person.page.evaluate(async () => {
    const { kept, exchanges } = (
      window as unknown as { __connections: { kept: RTCPeerConnection[]; exchanges: number } }
    ).__connections;
    const ended = kept.filter((pc) => ["closed", "failed"].includes(pc.connectionState));
    const flow = {
      made: kept.length,
      ended: ended.length,
      exchanges,
      packetsSent: 0,
      packetsReceived: 0,
      packetsLost: 0,
      packetsDiscarded: 0,
      sources: 0,
      captured: 0,
    };
    for (const pc of kept) {
      for (const s of ((await pc.getStats()) as unknown as Map<string, Record<string, unknown>>).values()) {
        if (s.kind !== "audio") continue;
        const n = (name: string) => Number(s[name] ?? 0);
        if (s.type === "outbound-rtp") flow.packetsSent += n("packetsSent");
        if (s.type === "media-source") {
          flow.sources++;
          flow.captured += n("totalSamplesDuration");
        }
        if (s.type !== "inbound-rtp") continue;
        flow.packetsReceived += n("packetsReceived");
        flow.packetsLost += n("packetsLost");
        flow.packetsDiscarded += n("packetsDiscarded");
      }
    }
    return flow;
  });
}

/** What came between two readings. */
export function between(a: Flow, b: Flow): Flow {
  const out = { ...b };
  for (const k of Object.keys(b) as (keyof Flow)[]) out[k] = b[k] - a[k];
  return out;
}
