/** Just enough of the browser's media for the voice session; all that is opened is counted. */

export class FakeTrack {
  enabled = true;
  stopped = false;
  onended: (() => void) | null = null;
  stop(): void {
    this.stopped = true;
  }
  constructor(readonly deviceId = "default") {}
  getSettings() {
    return { deviceId: this.deviceId };
  }
  clone() {
    return new FakeTrack(this.deviceId);
  }
}

class FakeStream {
  constructor(readonly tracks: FakeTrack[]) {}
  getTracks() {
    return this.tracks;
  }
  getAudioTracks() {
    return this.tracks;
  }
}

export class FakeSender {
  track: unknown = null;
  encodings: { maxBitrate?: number }[];
  /** Set: setParameters is refused. */
  refuses = false;
  constructor(encodings: { maxBitrate?: number }[] = [{}]) {
    this.encodings = encodings.map((encoding) => ({ ...encoding }));
  }
  async replaceTrack(track: unknown) {
    this.track = track;
  }
  getParameters() {
    return { encodings: this.encodings.map((encoding) => ({ ...encoding })) };
  }
  async setParameters({ encodings }: { encodings: { maxBitrate?: number }[] }) {
    if (this.refuses) throw Object.assign(new Error("not now"), { name: "InvalidStateError" });
    this.encodings = encodings;
  }
}

interface FakeTransceiver {
  mid: string;
  direction: string;
  sender: FakeSender;
}

export class FakePeerConnection {
  constructor(readonly configuration: RTCConfiguration = {}) {}

  connectionState: RTCPeerConnectionState = "new";
  iceConnectionState = "new";
  onicecandidate: ((event: { candidate: object | null }) => void) | null = null;
  onicecandidateerror: ((event: { errorCode: number }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: ((event: object) => void) | null = null;
  closed = false;
  restarts = 0;
  readonly transceivers: FakeTransceiver[] = [];
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  readonly candidates: unknown[] = [];

  addTransceiver(
    _kind: string,
    init: { direction: string; sendEncodings?: { maxBitrate?: number }[] },
  ): FakeTransceiver {
    const transceiver = {
      mid: String(this.transceivers.length),
      direction: init.direction,
      sender: new FakeSender(init.sendEncodings),
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }
  getTransceivers() {
    return this.transceivers;
  }
  restartIce() {
    this.restarts++;
  }
  async setLocalDescription(description?: { type: string }) {
    if (description?.type === "rollback") return;
    const type = this.remoteDescription?.type === "offer" ? "answer" : "offer";
    this.localDescription = { type, sdp: `${type}-sdp` };
  }
  async setRemoteDescription(description: { type: string; sdp: string }) {
    this.remoteDescription = description;
    if (description.type === "offer" && this.transceivers.length === 0)
      this.addTransceiver("audio", { direction: "recvonly" });
  }
  async addIceCandidate(candidate: unknown) {
    if (!this.remoteDescription) throw new Error("a candidate before a description");
    this.candidates.push(candidate);
  }
  /** What getStats gives. */
  stats = new Map<string, Record<string, unknown>>();
  async getStats() {
    return this.stats;
  }
  close() {
    this.closed = true;
    this.connectionState = "closed";
  }
  /** What the network does to it. */
  become(state: RTCPeerConnectionState) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

const param = () => ({
  value: 0,
  setValueAtTime() {},
  linearRampToValueAtTime() {},
  exponentialRampToValueAtTime() {},
  setTargetAtTime() {},
  cancelScheduledValues() {},
});

const node = () => {
  const one = {
    gain: param(),
    frequency: param(),
    fftSize: 0,
    type: "sine",
    connect: (to: unknown) => to,
    disconnect() {},
    start() {},
    stop() {},
    getFloatTimeDomainData(buffer: Float32Array) {
      buffer.fill(0);
    },
  };
  return one;
};

class FakeRecorder {
  ondataavailable: ((event: { data: Blob }) => void) | null = null;
  onstop: (() => void) | null = null;
  onerror: (() => void) | null = null;
  start() {}
  stop() {
    this.ondataavailable?.({ data: new Blob(["sound"]) });
    this.onstop?.();
  }
}

class FakeAudioContext {
  constructor(
    private readonly now: () => AudioContextState,
    private readonly loudest: () => number,
  ) {}
  get state() {
    return this.now();
  }
  currentTime = 0;
  destination = node();
  onstatechange: (() => void) | null = null;
  createGain = node;
  createAnalyser = node;
  createDynamicsCompressor = () => ({
    ...node(),
    threshold: param(),
    knee: param(),
    ratio: param(),
    attack: param(),
    release: param(),
  });
  createOscillator = node;
  createMediaStreamSource = node;
  createMediaStreamDestination = () => ({ ...node(), stream: new FakeStream([new FakeTrack("tone")]) });
  createBufferSource = () => {
    const source = { ...node(), buffer: null, onended: null as (() => void) | null };
    source.start = () => setTimeout(() => source.onended?.(), 3_000);
    source.stop = () => source.onended?.();
    return source;
  };
  /** What a recording decodes to. */
  decodeAudioData = async () => ({
    numberOfChannels: 1,
    getChannelData: () => new Float32Array([0, this.loudest(), 0]),
  });
  async resume() {}
  async suspend() {}
}

/** The media side of a Platform. */
export class FakeMedia {
  readonly connections: FakePeerConnection[] = [];
  readonly tracks: FakeTrack[] = [];
  /** Set: getUserMedia is refused with an error of this name. */
  refusal: string | null = null;
  /** Set: getUserMedia waits for it. */
  gate: Promise<void> | null = null;

  /** The devices there are, beside the system's default. */
  devices: { kind: MediaDeviceKind; deviceId: string; label: string }[] = [];
  /** The state of the audio context; a browser that wants a click leaves it suspended. */
  audioState: AudioContextState = "running";
  /** The loudest sample of what is recorded. */
  loudest = 0.5;
  /** Called with each connection that is made, before anything is done with it. */
  onConnection: (connection: FakePeerConnection, config: RTCConfiguration | undefined) => void = () => {};
  private deviceListeners = new Set<() => void>();

  readonly mediaDevices = {
    getUserMedia: async ({ audio }: { audio: { deviceId?: { exact: string } } }) => {
      await this.gate;
      if (this.refusal) throw Object.assign(new Error(this.refusal), { name: this.refusal });
      const wanted = audio.deviceId?.exact;
      if (wanted && !this.devices.some((device) => device.deviceId === wanted)) {
        throw Object.assign(new Error("no such device"), { name: "OverconstrainedError" });
      }
      const track = new FakeTrack(wanted);
      this.tracks.push(track);
      return new FakeStream([track]);
    },
    enumerateDevices: async () => this.devices,
    addEventListener: (_type: string, listener: () => void) => this.deviceListeners.add(listener),
    removeEventListener: (_type: string, listener: () => void) => this.deviceListeners.delete(listener),
  } as unknown as MediaDevices;

  readonly createRecorder = () => new FakeRecorder();
  readonly createPeerConnection = (config?: RTCConfiguration) => {
    const connection = new FakePeerConnection(config);
    this.connections.push(connection);
    this.onConnection(connection, config);
    return connection as unknown as RTCPeerConnection;
  };
  readonly createAudioContext = () => {
    const context = new FakeAudioContext(
      () => this.audioState,
      () => this.loudest,
    );
    return context as unknown as AudioContext;
  };
  readonly createMediaStream = (tracks: unknown[]) =>
    new FakeStream(tracks as FakeTrack[]) as unknown as MediaStream;
  readonly createAudioElement = () => ({ play: async () => {}, pause() {} }) as unknown as HTMLAudioElement;

  /** One was plugged in or pulled out: the tracks of those that are gone end. */
  plug(devices: FakeMedia["devices"]): void {
    this.devices = devices;
    for (const track of this.live()) {
      if (track.deviceId !== "default" && !devices.some((device) => device.deviceId === track.deviceId)) {
        track.stopped = true;
        track.onended?.();
      }
    }
    for (const listener of this.deviceListeners) listener();
  }

  /** Those that are not closed. */
  open(): FakePeerConnection[] {
    return this.connections.filter((connection) => !connection.closed);
  }
  live(): FakeTrack[] {
    return this.tracks.filter((track) => !track.stopped);
  }
}
