import type { LadderStep } from "../model";
import type { DownlinkQuality, VoiceQuality } from "../wire";

/** How many steps are kept. */
const KEPT = 20;

/** What a listener gets before anything was done for him. */
const WHOLE = { layer: "high", redundancy: 0, frameMs: 20 } as const;

/** Keeps the server's word on the connection, and the steps that it has told of. */
export class Ladder {
  /** Newest first. */
  private kept: LadderStep[] = [];
  private last: DownlinkQuality | null = null;

  get steps(): readonly LadderStep[] {
    return this.kept;
  }

  /** The word that came `at`; what has changed by it is a step. */
  hear({ downlink }: VoiceQuality, at: number): void {
    const before = this.last ?? { ...WHOLE, slots: downlink.slots };
    this.last = downlink;
    // No two steps have the same time: they are told apart by it.
    const step: LadderStep = { at: Math.max(at, (this.kept[0]?.at ?? 0) + 1), reason: downlink.reason };
    if (downlink.layer !== before.layer) step.layer = downlink.layer;
    if (downlink.redundancy !== before.redundancy) step.redundancy = downlink.redundancy;
    if (downlink.frameMs !== before.frameMs) step.frameMs = downlink.frameMs;
    if (downlink.slots !== before.slots) step.slots = downlink.slots;
    if (Object.keys(step).length > 2) this.kept = [step, ...this.kept].slice(0, KEPT);
  }

  /** Another session, of which nothing was said yet; what was taken before stays to be read. */
  reset(): void {
    this.last = null;
  }
}
