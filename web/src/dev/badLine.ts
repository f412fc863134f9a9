import type { LadderStep, QualityTrace, VoiceStats } from "@/core/model";

/** A call over a line that was bad for a while, to look at its details. */
export function badLine(now: number): { stats: VoiceStats; trace: QualityTrace } {
  const samples = Array.from({ length: 120 }, (_, i): VoiceStats => {
    const bad = Math.max(0, 1 - ((i - 62) / 16) ** 2);
    const wave = Math.sin(i / 3) + Math.sin(i / 7.3);
    const quiet = i > 20 && i < 30;
    return {
      at: now - (119 - i) * 1_000,
      rttMs: 38 + 3 * wave + 160 * bad,
      jitterMs: quiet ? null : 4 + wave + 22 * bad,
      bufferMs: quiet ? null : 46 + 4 * wave + 70 * bad,
      lossPct: quiet ? null : Math.max(0, 0.4 * wave) + 11 * bad,
      sendLossPct: 0.4,
      concealedPct: quiet ? null : Math.max(0, 0.1 * wave) + 3.2 * bad * bad,
      candidateType: "srflx",
      protocol: "udp",
      bitrateKbps: quiet ? 0 : 62 + 4 * wave - 34 * bad,
      sendKbps: i % 31 < 17 ? 41 + wave : 1,
    };
  });
  const steps: LadderStep[] = [
    { at: now - 21_000, reason: "recovered", layer: "high" },
    { at: now - 34_000, reason: "recovered", frameMs: 20 },
    { at: now - 56_000, reason: "congestion", layer: "low", frameMs: 60 },
    { at: now - 57_000, reason: "queue", layer: "none" },
    { at: now - 63_000, reason: "loss", redundancy: 1 },
  ];
  const sending = { layers: ["high" as const, "low" as const], maxBitrate: 40_000, redundant: true };
  return { stats: samples.at(-1) as VoiceStats, trace: { samples, steps, sending } };
}
