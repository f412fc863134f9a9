import type { DownlinkQuality, UplinkQuality, VoiceQuality } from "../wire";

/** The parts of a word that are not as on a good line. */
export interface Word {
  downlink?: Partial<DownlinkQuality>;
  uplink?: Partial<UplinkQuality>;
}

/** voice.quality as on a good line, but for what is given. */
export const qualityWord = ({ downlink, uplink }: Word = {}): VoiceQuality => ({
  downlink: {
    state: "good",
    layer: "high",
    redundancy: 0,
    frameMs: 20,
    slots: 4,
    lossPct: 0,
    estimateBps: 0,
    reason: "",
    ...downlink,
  },
  uplink: { maxBitrate: 48_000, layers: ["high"], redundancy: 0, frameMs: 20, lossPct: 0, ...uplink },
});
