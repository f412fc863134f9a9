import type { Platform } from "../platform";
import type { Scope } from "../scope";
import type { VoiceJoined } from "../wire";

/** The microphone's high layer, bit/s. */
const HIGH_LAYER_BITRATE = 48_000;

export interface SfuLinkHandlers {
  /** Sends sfu.offer; resolves with the SDP of the sfu.answer. */
  exchange(sdp: string, micMid: string): Promise<string>;
  /** Sends sfu.ice; null ends the candidates. */
  candidate(candidate: RTCIceCandidateInit | null): void;
  /** One of the SFU's slots can be played. */
  slot(receiver: RTCRtpReceiver, track: MediaStreamTrack, mid: string | null): void;
  state(state: RTCPeerConnectionState): void;
  /** An offer was refused or not answered, or the answer made no sense. */
  failed(reason: unknown): void;
}

/**
 * One PeerConnection to the SFU: a microphone line, then the slots. It offers
 * at once and trickles; it is never renegotiated because of others.
 */
export class SfuLink {
  readonly pc: RTCPeerConnection;
  readonly sender: RTCRtpSender;
  private readonly microphone: RTCRtpTransceiver;
  private offered = false;
  private answered = false;
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
    this.microphone = pc.addTransceiver("audio", {
      direction: "sendonly",
      sendEncodings: [{ maxBitrate: HIGH_LAYER_BITRATE }],
    });
    this.sender = this.microphone.sender;
    for (let slot = 0; slot < joined.sfu.audioSlots; slot++) {
      pc.addTransceiver("audio", { direction: "recvonly" });
    }
  }

  get connected(): boolean {
    return this.pc.connectionState === "connected";
  }

  /** Offers, and offers again for an ICE restart; one negotiation after the other. */
  negotiate(restart = false): void {
    this.negotiation = this.negotiation.then(() => this.offer(restart));
  }

  /** A candidate of the server's; kept until there is an answer to add it to. */
  addCandidate(candidate: RTCIceCandidateInit | null): void {
    if (!this.answered) this.remoteCandidates.push(candidate);
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
      const answer = this.handlers.exchange(this.pc.localDescription?.sdp ?? "", this.microphone.mid ?? "0");
      this.offered = true;
      for (const candidate of this.localCandidates.splice(0)) this.handlers.candidate(candidate);
      const sdp = await answer;
      if (this.scope.closed) return;
      await this.pc.setRemoteDescription({ type: "answer", sdp });
      this.answered = true;
      for (const candidate of this.remoteCandidates.splice(0)) this.addCandidate(candidate);
    } catch (reason) {
      if (this.scope.closed) return;
      await this.pc.setLocalDescription({ type: "rollback" }).catch(() => {});
      if (!this.scope.closed) this.handlers.failed(reason);
    }
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
