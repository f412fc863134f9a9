import type { VoiceStats } from "../model";

/** A connection that carries sound, and whose it is when it is a pair. */
export interface Carrier {
  connection: RTCPeerConnection;
  userId: string | null;
}

/** Who is in an inbound line. */
export interface Occupant {
  userId: string;
  /** Since when without a break; another value is another stay. */
  since: number;
  /** Whether a packet of his was played just now. */
  fresh: boolean;
}

/** What was counted between two readings. */
export interface Counts {
  received: number;
  lost: number;
  /** Samples. */
  concealed: number;
  played: number;
}

export interface Reading {
  stats: VoiceStats;
  all: Counts;
  /** Of each who was heard. */
  people: Map<string, Counts>;
  /** Round trips of pairs, ms, by whose they are. */
  pairs: Map<string, number | null>;
}

/** What one inbound line had counted when it was read. */
interface Line {
  received: number;
  lost: number;
  bytes: number;
  /** Seconds that samples waited in the jitter buffer, and how many came out of it. */
  waited: number;
  emitted: number;
  concealed: number;
  played: number;
  /** The last reading at which the one who is in it was heard. */
  heard: (Occupant & { concealed: number; played: number }) | null;
}

/** What is kept of one connection from reading to reading. */
interface Kept {
  at: number;
  lines: Map<string, Line>;
  sent: number;
  responses: number;
  rttMs: number | null;
}

/** One of getStats. */
export type Report = Record<string, unknown> & { id: string; type: string };

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
export const nothing = (): Counts => ({ received: 0, lost: 0, concealed: 0, played: 0 });

/** A part of a whole in percent; null of nothing. */
export function share(part: number, whole: number): number | null {
  return whole > 0 ? Math.min(100, (100 * part) / whole) : null;
}

/** Adds `more` to `sum`. */
export function add(sum: Counts, more: Counts): void {
  for (const key of ["received", "lost", "concealed", "played"] as const) sum[key] += more[key];
}

/**
 * Turns successive getStats reports into what happened between them.
 *
 * Concealment is counted from one moment at which somebody was heard to the next
 * one of the same stay: a slot that nobody is in conceals all the time, and so
 * does one in the moment before it is said that he has left it. What an outage
 * has concealed is counted when it is over.
 */
export class StatsMeter {
  /** By connection, so that another path begins anew instead of with a jump. */
  private readonly before = new WeakMap<RTCPeerConnection, Kept>();

  /**
   * Reads the connections that carry the sound now. A figure is null while it
   * is not known: on a connection's first reading, and while nobody is heard.
   */
  async read(
    carriers: Carrier[],
    now: number,
    occupant: (carrier: Carrier, mid: string | null) => Occupant | null,
  ): Promise<Reading> {
    const reading: Reading = { stats: unknownAt(now), all: nothing(), people: new Map(), pairs: new Map() };
    const { stats, all } = reading;
    const sum = { bytes: 0, sent: 0, waited: 0, emitted: 0, seconds: 0 };
    for (const carrier of carriers) {
      const { connection } = carrier;
      const reports = [...((await connection.getStats()) as unknown as Map<string, Report>).values()];
      const before = this.before.get(connection);
      const path = route(reports, before);
      stats.rttMs = largest(stats.rttMs, path.rttMs);
      stats.candidateType = path.candidateType ?? stats.candidateType;
      stats.protocol = path.protocol ?? stats.protocol;
      if (carrier.userId !== null) reading.pairs.set(carrier.userId, path.rttMs);
      const lines = new Map<string, Line>();
      for (const report of reports) {
        if (report.type !== "inbound-rtp" || report.kind !== "audio") continue;
        const who = occupant(carrier, text(report.mid));
        const earlier = before?.lines.get(report.id);
        const line = count(report);
        lines.set(report.id, line);
        const stay = who && earlier?.heard?.userId === who.userId && earlier.heard.since === who.since;
        line.heard = stay ? earlier.heard : null;
        const counts = nothing();
        if (earlier) {
          const grown = (key: Exclude<keyof Line, "heard">) => Math.max(0, line[key] - earlier[key]);
          counts.received = grown("received");
          counts.lost = grown("lost");
          sum.bytes += grown("bytes");
          sum.waited += grown("waited");
          sum.emitted += grown("emitted");
        }
        if (who?.fresh) {
          stats.jitterMs = largest(stats.jitterMs, number(report.jitter) * 1000);
          if (line.heard) {
            counts.concealed = Math.max(0, line.concealed - line.heard.concealed);
            counts.played = Math.max(0, line.played - line.heard.played);
          }
          line.heard = { ...who, concealed: line.concealed, played: line.played };
        }
        add(all, counts);
        if (who) {
          const his = reading.people.get(who.userId) ?? nothing();
          add(his, counts);
          reading.people.set(who.userId, his);
        }
      }
      const sent = sentBytes(reports);
      if (before) {
        sum.sent += Math.max(0, sent - before.sent);
        sum.seconds = Math.max(sum.seconds, (now - before.at) / 1000);
        if (sent > before.sent) stats.sendLossPct = largest(stats.sendLossPct, fractionLost(reports));
      }
      this.before.set(connection, { at: now, lines, sent, responses: path.responses, rttMs: path.rttMs });
    }
    stats.lossPct = share(all.lost, all.lost + all.received);
    stats.concealedPct = share(all.concealed, all.played);
    if (sum.emitted > 0) stats.bufferMs = (1000 * sum.waited) / sum.emitted;
    if (sum.seconds > 0) {
      stats.bitrateKbps = (sum.bytes * 8) / 1000 / sum.seconds;
      stats.sendKbps = (sum.sent * 8) / 1000 / sum.seconds;
    }
    return reading;
  }
}

function unknownAt(at: number): VoiceStats {
  return {
    at,
    rttMs: null,
    jitterMs: null,
    bufferMs: null,
    lossPct: null,
    sendLossPct: null,
    concealedPct: null,
    candidateType: null,
    protocol: null,
    bitrateKbps: null,
    sendKbps: null,
  };
}

function count(report: Report): Line {
  return {
    received: number(report.packetsReceived),
    lost: number(report.packetsLost),
    bytes: number(report.bytesReceived),
    waited: number(report.jitterBufferDelay),
    emitted: number(report.jitterBufferEmittedCount),
    concealed: number(report.concealedSamples) - number(report.silentConcealedSamples),
    played: number(report.totalSamplesReceived),
    heard: null,
  };
}

function sentBytes(reports: Report[]): number {
  let bytes = 0;
  for (const report of reports) {
    if (report.type === "outbound-rtp" && report.kind === "audio") bytes += number(report.bytesSent);
  }
  return bytes;
}

/** What the other end says is lost of what we send, percent. */
function fractionLost(reports: Report[]): number | null {
  let worst: number | null = null;
  for (const report of reports) {
    if (report.type !== "remote-inbound-rtp" || typeof report.fractionLost !== "number") continue;
    worst = largest(worst, 100 * report.fractionLost);
  }
  return worst;
}

interface Route {
  rttMs: number | null;
  candidateType: string | null;
  protocol: string | null;
  responses: number;
}

/** Of the pair of candidates in use. A round trip counts once it was measured on this pair anew. */
function route(reports: Report[], before: Kept | undefined): Route {
  const byId = new Map(reports.map((report) => [report.id, report]));
  const pair = selectedPair(reports, byId);
  const responses = number(pair?.responsesReceived);
  const rtt = pair?.currentRoundTripTime;
  const measured = typeof rtt === "number" && before !== undefined && responses !== before.responses;
  const local = byId.get(String(pair?.localCandidateId));
  return {
    rttMs: measured ? rtt * 1000 : (before?.rttMs ?? null),
    candidateType: text(local?.candidateType),
    // To a relay it may be another than the relay's own.
    protocol: text(local?.relayProtocol) ?? text(local?.protocol),
    responses,
  };
}

function largest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** The pair of candidates in use. */
export function selectedPair(reports: Report[], byId: Map<string, Report>): Report | undefined {
  const transport = reports.find((report) => report.type === "transport" && report.selectedCandidatePairId);
  if (transport) return byId.get(String(transport.selectedCandidatePairId));
  // Firefox marks the pair itself.
  return reports.find(
    (report) => report.type === "candidate-pair" && (report.selected === true || report.nominated === true),
  );
}
