/**
 * What a page in a call tells of itself. `installProbe` runs in the page before
 * its own scripts: it keeps the page's connections, reads along what it says
 * and hears by its WebSocket, and measures the energy of each voice that is
 * played and of its own microphone, in blocks of 10 ms.
 */

/** An inbound or outbound line of getStats; numbers are totals. */
export interface Line {
  id: string;
  mid: string;
  packets: number;
  bytes: number;
  /** Inbound only from here on. */
  lost: number;
  concealed: number;
  silent: number;
  samples: number;
  emitted: number;
  /** Seconds, summed over the emitted samples. */
  delay: number;
}

/** A message of the server's that a bench looks at. */
export interface Heard {
  at: number;
  type: string;
  payload: Record<string, unknown>;
}

/** Blocks of 10 ms: the last of them had ended just before `at`, by the clock of `ear`. */
export interface Levels {
  /** The mid of the slot; "microphone" for one's own. */
  of: string;
  /** When they came, ms since the epoch. */
  at: number;
  /** The number of the first. */
  first: number;
  /** Root mean squares, of 1. */
  rms: number[];
}

export interface Reading {
  /** ms since the epoch. */
  at: number;
  inbound: Line[];
  outbound: Line[];
  heard: Heard[];
  levels: Levels[];
  /** ICE ufrags that the page has sent since the reading before. */
  ufrags: string[];
}

export const BLOCK_MS = 10;

const worklet = `
class BenchEar extends AudioWorkletProcessor {
  constructor() { super(); this.size = Math.round(sampleRate * ${BLOCK_MS} / 1000); this.n = 0; this.sum = 0; this.first = 0; this.out = []; }
  process(inputs) {
    const channels = inputs[0];
    // What it listened to is gone.
    if (channels.length === 0 && this.first > 0) return false;
    for (let i = 0; i < 128; i++) {
      let x = 0;
      for (const ch of channels) x += ch[i] / channels.length;
      this.sum += x * x;
      if (++this.n < this.size) continue;
      this.out.push(Math.sqrt(this.sum / this.size));
      this.n = this.sum = 0;
      if (this.out.length < 10) continue;
      this.port.postMessage({ first: this.first, rms: this.out });
      this.first += this.out.length;
      this.out = [];
    }
    return true;
  }
}
registerProcessor("bench-ear", BenchEar);
`;

/** What `installProbe` is called with; without an ear no energy is measured (it needs a page without a CSP). */
export const probeSource = (ear: boolean): string | null => (ear ? worklet : null);

export function installProbe(source: string | null): void {
  const now = () => performance.timeOrigin + performance.now();
  const connections = new Set<RTCPeerConnection>();
  const kept = { heard: [] as Heard[], levels: [] as Levels[], ufrags: [] as string[] };

  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...args: ConstructorParameters<typeof RTCPeerConnection>) {
      super(...args);
      connections.add(this);
    }
  };

  const wanted = new Set(["voice.quality", "voice.slots", "voice.joined", "voice.participant_joined"]);
  window.WebSocket = class extends window.WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      this.addEventListener("message", ({ data }) => {
        const { type, payload } = JSON.parse(String(data));
        if (wanted.has(type)) kept.heard.push({ at: now(), type, payload });
      });
    }
    override send(data: string): void {
      for (const [, ufrag] of String(data).matchAll(/a=ice-ufrag:([^\\\s]+)/g))
        if (ufrag && !kept.ufrags.includes(ufrag)) kept.ufrags.push(ufrag);
      super.send(data);
    }
  };

  const midOf = (track: MediaStreamTrack | undefined) => {
    for (const connection of connections)
      for (const line of connection.getTransceivers())
        if (line.receiver.track === track) return line.mid ?? "";
    return null;
  };
  const ears = new WeakMap<BaseAudioContext, Promise<void>>();
  const path = source && URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const listen = async (context: BaseAudioContext, node: AudioNode, of: () => string | null) => {
    if (!path) return;
    if (!ears.has(context)) ears.set(context, context.audioWorklet.addModule(path));
    await ears.get(context);
    const ear = new AudioWorkletNode(context, "bench-ear", { numberOfOutputs: 0 });
    ear.port.onmessage = ({ data }) => {
      const whose = of();
      if (whose !== null) kept.levels.push({ of: whose, at: now(), ...data });
    };
    node.connect(ear);
  };
  const play = AudioContext.prototype.createMediaStreamSource;
  AudioContext.prototype.createMediaStreamSource = function (stream) {
    const node = play.call(this, stream);
    const track = stream.getAudioTracks()[0];
    if (midOf(track) !== null) void listen(this, node, () => midOf(track));
    return node;
  };
  let own: AudioContext | null = null;
  let microphone: AudioNode | null = null;
  const devices = navigator.mediaDevices;
  const capture = devices?.getUserMedia.bind(devices);
  if (devices && capture && path)
    devices.getUserMedia = async (constraints) => {
      const stream = await capture(constraints);
      own ??= new AudioContext();
      microphone?.disconnect();
      const node = play.call(own, stream);
      microphone = node;
      void listen(own, node, () => (microphone === node ? "microphone" : null));
      return stream;
    };

  const number = (x: unknown) => (typeof x === "number" ? x : 0);
  const lineOf = (s: Record<string, unknown>): Line => ({
    id: String(s.ssrc),
    mid: String(s.mid ?? ""),
    packets: number(s.packetsReceived ?? s.packetsSent),
    bytes: number(s.bytesReceived ?? s.bytesSent) + number(s.headerBytesReceived ?? s.headerBytesSent ?? 0),
    lost: number(s.packetsLost),
    concealed: number(s.concealedSamples),
    silent: number(s.silentConcealedSamples),
    samples: number(s.totalSamplesReceived),
    emitted: number(s.jitterBufferEmittedCount),
    delay: number(s.jitterBufferDelay),
  });
  const read = async (): Promise<Reading> => {
    const reading: Reading = { at: 0, inbound: [], outbound: [], heard: [], levels: [], ufrags: [] };
    for (const connection of connections) {
      if (connection.connectionState === "closed") connections.delete(connection);
      else
        for (const s of (await connection.getStats()).values()) {
          if (s.kind !== "audio") continue;
          if (s.type === "inbound-rtp") reading.inbound.push(lineOf(s));
          if (s.type === "outbound-rtp") reading.outbound.push(lineOf(s));
        }
    }
    reading.at = now();
    reading.heard = kept.heard.splice(0);
    reading.levels = kept.levels.splice(0);
    reading.ufrags = kept.ufrags.splice(0);
    return reading;
  };
  Object.assign(window, { __probe: read });
}

/** Runs in the page. */
export function readProbe(): Promise<Reading> {
  return (window as unknown as { __probe(): Promise<Reading> }).__probe();
}
