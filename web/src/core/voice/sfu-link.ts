import type { Platform } from "../platform";
import type { Scope } from "../scope";
import type { Track, VoiceJoined } from "../wire";
import { packetLength, withPacketLength } from "./packet-length";
import { withoutProbing } from "./probing";
import { offersRedundancy, withRedundancy } from "./redundancy";
import { HIGH_BITRATE, LOW_BITRATE, type UplinkSenders } from "./uplink";

export interface SfuLinkHandlers {
  /** Sends sfu.offer; resolves with the SDP of the sfu.answer. */
  exchange(sdp: string, tracks: Track[]): Promise<string>;
  /** Sends sfu.ice; null ends the candidates. */
  candidate(candidate: RTCIceCandidateInit | null): void;
  /** One of the SFU's slots can be played. */
  slot(receiver: RTCRtpReceiver, track: MediaStreamTrack, mid: string | null): void;
  state(state: RTCPeerConnectionState): void;
  /** Offer and answer are set, for the first time or again. */
  negotiated(): void;
  /** An offer was refused or not answered, or the answer made no sense. */
  failed(reason: unknown): void;
}

/** Packets of this length and longer are for lines too thin to be probed. */
const THIN_MS = 60;

/** How the microphone's packets are made. */
interface Sends {
  redundant: boolean;
  packetMs: number;
}

/**
 * One PeerConnection to the SFU: a line for each layer of the microphone, then
 * the slots. It offers at once and trickles; it is never renegotiated because of others.
 */
export class SfuLink implements UplinkSenders {
  readonly pc: RTCPeerConnection;
  private readonly microphone: Record<"high" | "low", RTCRtpTransceiver>;
  private offered = false;
  /** The server's last word, as it came. */
  private answer: string | null = null;
  private wants: Sends = { redundant: false, packetMs: packetLength(undefined) };
  private sends: Sends = this.wants;
  private localCandidates: (RTCIceCandidateInit | null)[] = [];
  private remoteCandidates: (RTCIceCandidateInit | null)[] = [];
  private negotiation: Promise<void> = Promise.resolve();

  constructor(
    platform: Platform,
    private readonly scope: Scope,
    joined: VoiceJoined,
    private readonly handlers: SfuLinkHandlers,
  ) {
    const pc = platform.createPeerConnection({
      iceServers: joined.iceServers ?? [],
      iceTransportPolicy: joined.iceTransportPolicy,
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
    });
    this.pc = pc;
    scope.add(() => this.close());
    pc.onicecandidate = ({ candidate }) => this.found(candidate);
    pc.onconnectionstatechange = () => handlers.state(pc.connectionState);
    pc.ontrack = ({ receiver, track, transceiver }) => handlers.slot(receiver, track, transceiver.mid);
    // Two senders, since one with two encodings collapses to one for audio.
    const line = (maxBitrate: number) =>
      pc.addTransceiver("audio", { direction: "sendonly", sendEncodings: [{ maxBitrate }] });
    this.microphone = { high: line(HIGH_BITRATE), low: line(LOW_BITRATE) };
    for (let slot = 0; slot < joined.sfu.audioSlots; slot++) {
      pc.addTransceiver("audio", { direction: "recvonly" });
    }
  }

  get connected(): boolean {
    return this.pc.connectionState === "connected";
  }

  get high(): RTCRtpSender {
    return this.microphone.high.sender;
  }

  get low(): RTCRtpSender {
    return this.microphone.low.sender;
  }

  get redundant(): boolean {
    return this.sends.redundant;
  }

  /** Takes effect at once where the server's answer allows it, and with the next answer where there is none yet. */
  send(redundant: boolean, packetMs: number): void {
    const wants = { redundant, packetMs: packetLength(packetMs) };
    if (same(wants, this.wants)) return;
    this.wants = wants;
    this.negotiation = this.negotiation.then(() => this.choose());
  }

  /** Offers, and offers again for an ICE restart; one negotiation after the other. */
  negotiate(restart = false): void {
    this.negotiation = this.negotiation.then(() => this.offer(restart));
  }

  /** A candidate of the server's; kept until there is an answer to add it to. */
  addCandidate(candidate: RTCIceCandidateInit | null): void {
    if (this.answer === null) this.remoteCandidates.push(candidate);
    // An unusable candidate is one way less, not an error.
    else if (candidate) this.pc.addIceCandidate(candidate).catch(() => {});
  }

  private async offer(restart: boolean): Promise<void> {
    if (this.scope.closed) return;
    try {
      if (restart) this.pc.restartIce();
      this.offered = false;
      await this.pc.setLocalDescription();
      if (this.scope.closed) return;
      const answer = this.handlers.exchange(this.pc.localDescription?.sdp ?? "", this.tracks());
      this.offered = true;
      for (const candidate of this.localCandidates.splice(0)) this.handlers.candidate(candidate);
      const sdp = await answer;
      if (this.scope.closed) return;
      await this.take(sdp);
      this.answer = sdp;
      for (const candidate of this.remoteCandidates.splice(0)) this.addCandidate(candidate);
      if (!this.scope.closed) this.handlers.negotiated();
    } catch (reason) {
      if (this.scope.closed) return;
      await this.pc.setLocalDescription({ type: "rollback" }).catch(() => {});
      if (!this.scope.closed) this.handlers.failed(reason);
    }
  }

  /** Another form of an answer that is set already: no word to the server is needed. */
  private async choose(): Promise<void> {
    if (this.scope.closed || this.answer === null || same(this.allowed(this.answer), this.sends)) return;
    try {
      const before = ufrag(this.pc.localDescription);
      await this.pc.setLocalDescription();
      // An ICE restart that was refused before would begin here, unknown to the server.
      if (ufrag(this.pc.localDescription) !== before) throw new Error("an ICE restart is due");
      await this.take(this.answer);
    } catch {
      // It sends on as before.
      if (!this.scope.closed) await this.pc.setLocalDescription({ type: "rollback" }).catch(() => {});
    }
  }

  private async take(answer: string): Promise<void> {
    const mids = this.mids();
    const sends = this.allowed(answer);
    const plain = sends.packetMs < THIN_MS ? answer : withoutProbing(answer, mids);
    const sdp = withPacketLength(withRedundancy(plain, mids, sends.redundant), mids, sends.packetMs);
    await this.pc.setRemoteDescription({ type: "answer", sdp });
    this.sends = sends;
  }

  /** What is wanted, as far as the answer allows it. */
  private allowed(answer: string): Sends {
    const redundant = this.wants.redundant && offersRedundancy(answer, this.mids()[0] ?? "");
    return { ...this.wants, redundant };
  }

  private mids(): string[] {
    return (["high", "low"] as const).map((layer, i) => this.microphone[layer].mid ?? String(i));
  }

  private tracks(): Track[] {
    const [high, low] = this.mids() as [string, string];
    return [
      { mid: high, source: "mic", layer: "high" },
      { mid: low, source: "mic", layer: "low" },
    ];
  }

  private found(candidate: RTCIceCandidate | null): void {
    const init = candidate ? candidate.toJSON() : null;
    // The server wants the offer before its candidates.
    if (this.offered) this.handlers.candidate(init);
    else this.localCandidates.push(init);
  }

  private close(): void {
    this.pc.onicecandidate = this.pc.onconnectionstatechange = this.pc.ontrack = null;
    this.pc.close();
  }
}

function same(a: Sends, b: Sends): boolean {
  return a.redundant === b.redundant && a.packetMs === b.packetMs;
}

function ufrag(description: RTCSessionDescription | null): string | undefined {
  return /^a=ice-ufrag:(\S+)/m.exec(description?.sdp ?? "")?.[1];
}
