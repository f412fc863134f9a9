/** What getStats says of a connection under test. */

export interface Reading {
  received: number;
  lost: number;
  sent: number;
  rttMs: number | null;
  candidateType: string | null;
  /** Ours and theirs, as address:port; those that the browser keeps to itself are left out. */
  addresses: string[];
}

type Report = Record<string, unknown> & { id: string; type: string };

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

export async function read(connection: RTCPeerConnection): Promise<Reading> {
  const reports = [...((await connection.getStats()) as unknown as Map<string, Report>).values()];
  const byId = new Map(reports.map((report) => [report.id, report]));
  const reading: Reading = { received: 0, lost: 0, sent: 0, rttMs: null, candidateType: null, addresses: [] };
  for (const report of reports) {
    if (report.type === "inbound-rtp") {
      reading.received += number(report.packetsReceived);
      reading.lost += number(report.packetsLost);
    } else if (report.type === "outbound-rtp") reading.sent += number(report.packetsSent);
  }
  const selected = reports.find((report) => report.type === "transport" && report.selectedCandidatePairId);
  const pair = selected
    ? byId.get(String(selected.selectedCandidatePairId))
    : reports.find((r) => r.type === "candidate-pair" && (r.selected === true || r.nominated === true));
  if (!pair) return reading;
  // The first checks wait for a relay's permissions: the latest tells more than the mean, where there is one.
  const answers = number(pair.responsesReceived);
  const mean = answers > 0 ? number(pair.totalRoundTripTime) / answers : 0;
  const rtt = number(pair.currentRoundTripTime) || mean;
  if (rtt > 0) reading.rttMs = rtt * 1000;
  const local = byId.get(String(pair.localCandidateId));
  reading.candidateType = text(local?.candidateType);
  for (const end of [local, byId.get(String(pair.remoteCandidateId))]) {
    const address = text(end?.address) ?? text(end?.ip);
    if (address)
      reading.addresses.push(`${address.includes(":") ? `[${address}]` : address}:${number(end?.port)}`);
  }
  return reading;
}
