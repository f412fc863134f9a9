import type { VoiceStats } from "../model";

/** What one inbound line had counted when it was read. */
interface Totals {
  received: number;
  lost: number;
  bytes: number;
  concealed: number;
  samples: number;
  /** Whether somebody was in it: an empty slot conceals all the time. */
  counted: boolean;
}

/** What is kept of one connection from reading to reading. */
interface Reading {
  at: number;
  lines: Map<string, Totals>;
  responses: number;
  rttMs: number | null;
}

type Report = Record<string, unknown> & { id: string; type: string };

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

/** Turns successive getStats reports into what happened between them. */
export class StatsMeter {
  /** By connection, so that another path begins anew instead of with a jump. */
  private readonly before = new WeakMap<RTCPeerConnection, Reading>();

  /**
   * Reads the connections that carry the sound now. `counts` tells whether an
   * inbound line is to be counted. A figure is null while it is not known: on
   * a connection's first reading, and while nobody is heard.
   */
  async read(
    connections: RTCPeerConnection[],
    now: number,
    counts: (mid: string | null) => boolean,
  ): Promise<VoiceStats> {
    const sum = { received: 0, lost: 0, bytes: 0, concealed: 0, samples: 0, seconds: 0 };
    const result: VoiceStats = {
      rttMs: null,
      jitterMs: null,
      lossPct: null,
      concealedPct: null,
      candidateType: null,
      bitrateKbps: null,
    };
    for (const connection of connections) {
      const reports = [...((await connection.getStats()) as unknown as Map<string, Report>).values()];
      const before = this.before.get(connection);
      const path = route(reports, before);
      result.rttMs = largest(result.rttMs, path.rttMs);
      result.candidateType = path.candidateType ?? result.candidateType;
      const lines = new Map<string, Totals>();
      for (const report of reports) {
        if (report.type !== "inbound-rtp" || report.kind !== "audio") continue;
        const totals = count(report, counts(typeof report.mid === "string" ? report.mid : null));
        lines.set(report.id, totals);
        const earlier = before?.lines.get(report.id);
        if (!earlier?.counted || !totals.counted) continue;
        const grown = (key: "received" | "lost" | "bytes" | "concealed" | "samples") =>
          Math.max(0, totals[key] - earlier[key]);
        sum.received += grown("received");
        sum.lost += grown("lost");
        sum.bytes += grown("bytes");
        sum.concealed += grown("concealed");
        sum.samples += grown("samples");
        result.jitterMs = largest(result.jitterMs, number(report.jitter) * 1000);
      }
      if (before) sum.seconds = Math.max(sum.seconds, (now - before.at) / 1000);
      this.before.set(connection, { at: now, lines, responses: path.responses, rttMs: path.rttMs });
    }
    const share = (part: number, whole: number) => (whole > 0 ? Math.min(100, (100 * part) / whole) : null);
    result.lossPct = share(sum.lost, sum.lost + sum.received);
    result.concealedPct = share(sum.concealed, sum.samples);
    if (sum.seconds > 0) result.bitrateKbps = (sum.bytes * 8) / 1000 / sum.seconds;
    return result;
  }
}

function count(report: Report, counted: boolean): Totals {
  return {
    received: number(report.packetsReceived),
    lost: number(report.packetsLost),
    bytes: number(report.bytesReceived),
    concealed: number(report.concealedSamples) - number(report.silentConcealedSamples),
    samples: number(report.totalSamplesReceived),
    counted,
  };
}

/** Of the pair of candidates in use. A round trip counts once it was measured on this pair anew. */
function route(
  reports: Report[],
  before: Reading | undefined,
): { rttMs: number | null; candidateType: string | null; responses: number } {
  const byId = new Map(reports.map((report) => [report.id, report]));
  const pair = selectedPair(reports, byId);
  const responses = number(pair?.responsesReceived);
  const rtt = pair?.currentRoundTripTime;
  const measured = typeof rtt === "number" && before !== undefined && responses !== before.responses;
  const local = byId.get(String(pair?.localCandidateId));
  return {
    rttMs: measured ? rtt * 1000 : (before?.rttMs ?? null),
    candidateType: typeof local?.candidateType === "string" ? local.candidateType : null,
    responses,
  };
}

function largest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function selectedPair(reports: Report[], byId: Map<string, Report>): Report | undefined {
  const transport = reports.find((report) => report.type === "transport" && report.selectedCandidatePairId);
  if (transport) return byId.get(String(transport.selectedCandidatePairId));
  // Firefox marks the pair itself.
  return reports.find(
    (report) => report.type === "candidate-pair" && (report.selected === true || report.nominated === true),
  );
}
