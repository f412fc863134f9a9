import type { VoiceStats } from "../model";

/** What was counted so far, for taking differences. */
interface Totals {
  at: number;
  received: number;
  lost: number;
  bytes: number;
  concealed: number;
  samples: number;
}

type Report = Record<string, unknown> & { id: string; type: string };

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

/** Turns successive getStats reports into what happened between them. */
export class StatsMeter {
  /** By the report's id, so that slots come and go without a jump. */
  private before = new Map<string, Totals>();

  /**
   * Reads the connections that carry the sound now. `counts` tells whether an
   * inbound line is to be counted: an empty slot conceals all the time.
   */
  async read(
    connections: RTCPeerConnection[],
    now: number,
    counts: (mid: string | null) => boolean,
  ): Promise<VoiceStats> {
    const sum = { received: 0, lost: 0, bytes: 0, concealed: 0, samples: 0, seconds: 0 };
    let rtt: number | null = null;
    let jitter: number | null = null;
    let candidateType: string | null = null;
    const after = new Map<string, Totals>();
    for (const [index, connection] of connections.entries()) {
      const reports = [...((await connection.getStats()) as unknown as Map<string, Report>).values()];
      const byId = new Map(reports.map((report) => [report.id, report]));
      const pair = selectedPair(reports, byId);
      if (pair) {
        if (typeof pair.currentRoundTripTime === "number") {
          rtt = Math.max(rtt ?? 0, pair.currentRoundTripTime * 1000);
        }
        const local = byId.get(String(pair.localCandidateId));
        candidateType = typeof local?.candidateType === "string" ? local.candidateType : candidateType;
      }
      for (const report of reports) {
        if (report.type !== "inbound-rtp" || report.kind !== "audio") continue;
        const key = `${index}/${report.id}`;
        const totals: Totals = {
          at: now,
          received: number(report.packetsReceived),
          lost: number(report.packetsLost),
          bytes: number(report.bytesReceived),
          concealed: number(report.concealedSamples) - number(report.silentConcealedSamples),
          samples: number(report.totalSamplesReceived),
        };
        after.set(key, totals);
        const earlier = this.before.get(key);
        if (!earlier || !counts(typeof report.mid === "string" ? report.mid : null)) continue;
        sum.received += totals.received - earlier.received;
        sum.lost += Math.max(0, totals.lost - earlier.lost);
        sum.bytes += totals.bytes - earlier.bytes;
        sum.concealed += Math.max(0, totals.concealed - earlier.concealed);
        sum.samples += totals.samples - earlier.samples;
        sum.seconds = Math.max(sum.seconds, (totals.at - earlier.at) / 1000);
        jitter = Math.max(jitter ?? 0, number(report.jitter) * 1000);
      }
    }
    this.before = after;
    const share = (part: number, whole: number) => (whole > 0 ? (100 * part) / whole : null);
    return {
      rttMs: rtt,
      jitterMs: jitter,
      lossPct: share(sum.lost, sum.lost + sum.received),
      concealedPct: share(sum.concealed, sum.samples),
      candidateType,
      bitrateKbps: sum.seconds > 0 ? (sum.bytes * 8) / 1000 / sum.seconds : null,
    };
  }
}

function selectedPair(reports: Report[], byId: Map<string, Report>): Report | undefined {
  const transport = reports.find((report) => report.type === "transport" && report.selectedCandidatePairId);
  if (transport) return byId.get(String(transport.selectedCandidatePairId));
  // Firefox marks the pair itself.
  return reports.find(
    (report) => report.type === "candidate-pair" && (report.selected === true || report.nominated === true),
  );
}
