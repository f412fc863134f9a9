import type { QualityMark } from "../model";
import type { DownlinkQuality } from "../wire";

const ORDER: QualityMark[] = ["unknown", "good", "fair", "poor", "lost"];

/** Above the first it is fair, above the second poor. */
const LIMITS = { concealedPct: [2, 5], lossPct: [3, 8], rttMs: [200, 400] } as const;

/** What a mark is made of; null: not known. Percentages are of the last seconds. */
export interface Evidence {
  concealedPct?: number | null;
  lossPct?: number | null;
  rttMs?: number | null;
  /** The server's word on what it sends us. */
  state?: DownlinkQuality["state"] | null;
}

/** The worst of what is known. */
export function markOf(evidence: Evidence): QualityMark {
  let worst: QualityMark = evidence.state ?? "unknown";
  for (const key of ["concealedPct", "lossPct", "rttMs"] as const) {
    const value = evidence[key];
    if (value === null || value === undefined) continue;
    const [fair, poor] = LIMITS[key];
    const mark: QualityMark = value > poor ? "poor" : value > fair ? "fair" : "good";
    if (ORDER.indexOf(mark) > ORDER.indexOf(worst)) worst = mark;
  }
  return worst;
}
