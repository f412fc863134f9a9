import type { VoiceStats } from "@/core/model";

export type Quality = "good" | "fair" | "poor" | "unknown";

/** How a connection with these figures sounds. */
export function qualityOf(stats: VoiceStats | null): Quality {
  if (!stats || (stats.rttMs === null && stats.lossPct === null)) return "unknown";
  const rtt = stats.rttMs ?? 0;
  const loss = stats.lossPct ?? 0;
  const concealed = stats.concealedPct ?? 0;
  if (rtt > 400 || loss > 8 || concealed > 5) return "poor";
  if (rtt > 200 || loss > 3 || concealed > 2) return "fair";
  return "good";
}
