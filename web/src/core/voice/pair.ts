import type { Platform } from "../platform";
import type { Scope } from "../scope";

/** How long a pair may take to connect. */
const CONNECT_MS = 10_000;
/** How long a connected pair may be without its path: the SFU is there at once. */
const DISCONNECTED_MS = 1_000;
const BITRATE = 48_000;

export interface PairConfig {
  iceServers: RTCIceServer[];
  iceTransportPolicy: RTCIceTransportPolicy;
}

export interface PairHandlers {
  send(type: "call.offer" | "call.answer" | "call.ice", signal: object): void;
  /** The other's sound can be played; it is silent until the room commits. */
  track(receiver: RTCRtpReceiver, track: MediaStreamTrack): void;
  /** There is a sender for the voice. */
  sender(sender: RTCRtpSender): void;
  connected(): void;
  /** It cannot connect or has lost its path; the pair is of no use any more. */
  failed(reason: string): void;
}

/** One direct connection to one other participant; nothing is sent on it before the room commits. */
export class Pair {
  readonly pc: RTCPeerConnection;
  private described = false;
  private early: RTCIceCandidateInit[] = [];
  private cancelDeadline: () => void;

  constructor(
    platform: Platform,
    private readonly scope: Scope,
    config: PairConfig,
    private readonly handlers: PairHandlers,
  ) {
    const pc = platform.createPeerConnection({ ...config, bundlePolicy: "max-bundle" });
    this.pc = pc;
    scope.add(() => this.close());
    pc.onicecandidate = ({ candidate }) => {
      if (candidate) handlers.send("call.ice", candidate.toJSON());
    };
    pc.ontrack = ({ receiver, track }) => handlers.track(receiver, track);
    pc.onconnectionstatechange = () => this.stateChanged();
    this.cancelDeadline = scope.after(CONNECT_MS, () => this.fail("timeout"));
  }

  get connected(): boolean {
    return this.pc.connectionState === "connected";
  }

  async offer(): Promise<void> {
    await this.guard(async () => {
      const { sender } = this.pc.addTransceiver("audio", {
        direction: "sendrecv",
        sendEncodings: [{ maxBitrate: BITRATE }],
      });
      this.handlers.sender(sender);
      await this.pc.setLocalDescription();
      this.sendDescription("call.offer");
    });
  }

  /** The other's offer, answer or candidate. What makes no sense fails the pair. */
  async receive(type: "call.offer" | "call.answer" | "call.ice", signal: unknown): Promise<void> {
    await this.guard(async () => {
      if (type === "call.ice") {
        await this.addCandidate(signal as RTCIceCandidateInit);
        return;
      }
      await this.pc.setRemoteDescription(signal as RTCSessionDescriptionInit);
      if (type === "call.offer") await this.answer();
      this.described = true;
      for (const candidate of this.early.splice(0)) await this.addCandidate(candidate);
    });
  }

  private async answer(): Promise<void> {
    const [transceiver] = this.pc.getTransceivers();
    if (!transceiver) throw new Error("an offer without audio");
    transceiver.direction = "sendrecv";
    this.handlers.sender(transceiver.sender);
    await this.pc.setLocalDescription();
    this.sendDescription("call.answer");
    await limit(transceiver.sender);
  }

  private sendDescription(type: "call.offer" | "call.answer"): void {
    const { localDescription } = this.pc;
    if (!this.scope.closed && localDescription) {
      this.handlers.send(type, { type: localDescription.type, sdp: localDescription.sdp });
    }
  }

  private async addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.described) {
      this.early.push(candidate);
      return;
    }
    // An unusable candidate is one way less, not an error.
    await this.pc.addIceCandidate(candidate).catch(() => {});
  }

  private stateChanged(): void {
    switch (this.pc.connectionState) {
      case "connected":
        this.cancelDeadline();
        this.handlers.connected();
        break;
      case "disconnected":
        this.cancelDeadline();
        this.cancelDeadline = this.scope.after(DISCONNECTED_MS, () => this.fail("disconnected"));
        break;
      case "failed":
        this.fail("failed");
        break;
    }
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    if (this.scope.closed) return;
    try {
      await work();
    } catch {
      this.fail("negotiation");
    }
  }

  private fail(reason: string): void {
    this.cancelDeadline();
    if (!this.scope.closed) this.handlers.failed(reason);
  }

  private close(): void {
    this.pc.onicecandidate = this.pc.ontrack = this.pc.onconnectionstatechange = null;
    this.pc.close();
  }
}

async function limit(sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (!encoding) return;
  encoding.maxBitrate = BITRATE;
  await sender.setParameters(parameters).catch(() => {}); // a preference, not a need
}
