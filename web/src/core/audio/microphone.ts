import type { StoreApi } from "zustand/vanilla";
import { asCoreError } from "../http";
import { CoreError, type Preferences } from "../model";
import type { Platform } from "../platform";
import { Scope } from "../scope";
import { capture } from "./capture";
import { measure } from "./level";
import type { Speakers } from "./speakers";

const WINDOW = 1024;

/** A microphone that is open: what it gives and how it is measured. */
interface Opened {
  scope: Scope;
  /** Straight from the device. */
  raw: MediaStreamTrack;
  /** What is sent: raw, or what passes the gate. */
  sent: MediaStreamTrack;
  input: AnalyserNode;
  output: AnalyserNode;
  gate: AudioWorkletNode | null;
}

/**
 * The microphone, open while somebody holds it. Switching the device or a
 * processing switch gives another track to `onTrack`; a device that is
 * unplugged is replaced by the default one.
 */
export class Microphone {
  /** Called with each new track to send, and with null once there is none. */
  onTrack: (track: MediaStreamTrack | null) => void = () => {};
  /** Called when the microphone went away and no other could be opened. */
  onLost: (error: CoreError) => void = () => {};

  private opened: Opened | null = null;
  private opening: Promise<void> | null = null;
  private holders = 0;
  private generation = 0;
  private enabled = true;
  private readonly buffer = new Float32Array(WINDOW);

  constructor(
    private readonly platform: Platform,
    private readonly speakers: Speakers,
    private readonly preferences: StoreApi<Preferences>,
    private readonly deviceId: () => string,
  ) {
    preferences.subscribe((now, before) => this.preferencesChanged(now, before));
  }

  /** The track to send; null while there is none. */
  get track(): MediaStreamTrack | null {
    return this.opened?.sent ?? null;
  }

  /**
   * Opens the microphone, or shares the open one. Resolves with the release;
   * rejects with a Microphone… CoreError, holding nothing then.
   */
  async hold(): Promise<() => void> {
    this.holders++;
    try {
      if (!this.opened) await (this.opening ?? this.open());
    } catch (reason) {
      this.letGo();
      throw asCoreError(reason);
    }
    let held = true;
    return () => {
      if (held) this.letGo();
      held = false;
    };
  }

  /** Whether sound leaves the microphone; a disabled one stays open and silent. */
  setEnabled(enabled: boolean): void {
    this.enabled = enabled;
    if (this.opened) this.opened.sent.enabled = enabled;
  }

  /** Opens the device that is chosen now, in place of the open one. */
  async reopen(): Promise<void> {
    if (this.holders > 0) await this.open();
  }

  /** The device that is open; null when none is. */
  get openDeviceId(): string | null {
    return this.opened?.raw.getSettings().deviceId ?? null;
  }

  /** What comes straight from the device, to be tried out; null when none is open. */
  get deviceTrack(): MediaStreamTrack | null {
    return this.opened?.raw ?? null;
  }

  /** What comes from the device: RMS amplitude before the gate. */
  inputLevel(): number {
    return this.opened ? measure(this.opened.input, this.buffer).rms : 0;
  }

  /** What is sent: RMS amplitude after the gate, 0 while disabled. */
  outputLevel(): number {
    return this.opened && this.enabled ? measure(this.opened.output, this.buffer).rms : 0;
  }

  private letGo(): void {
    this.holders--;
    if (this.holders > 0) return;
    this.generation++;
    this.opening = null;
    this.close();
    this.onTrack(null);
  }

  private open(): Promise<void> {
    const generation = ++this.generation;
    const opening = this.openAs(generation).finally(() => {
      if (this.opening === opening) this.opening = null;
    });
    this.opening = opening;
    return opening;
  }

  private async openAs(generation: number): Promise<void> {
    const stream = await capture(this.platform.mediaDevices, this.deviceId(), this.preferences.getState());
    const scope = new Scope(this.platform.clock);
    scope.add(() => {
      for (const track of stream.getTracks()) track.stop();
    });
    if (generation !== this.generation) {
      scope.close(); // let go, or asked for another device, while the browser was asking the user
      if (this.opening && this.holders > 0) return this.opening;
      return;
    }
    let next: Opened;
    try {
      next = await this.build(stream, scope);
    } catch (reason) {
      scope.close();
      throw reason;
    }
    if (generation !== this.generation) {
      scope.close();
      return;
    }
    const before = this.opened;
    this.opened = next;
    next.sent.enabled = this.enabled;
    next.raw.onended = () => this.ended(next);
    this.onTrack(next.sent);
    before?.scope.close();
  }

  private async build(stream: MediaStream, scope: Scope): Promise<Opened> {
    const [raw] = stream.getAudioTracks();
    if (!raw) throw new CoreError("MicrophoneNotFound", "the browser gave a stream without sound");
    const { context, release } = this.speakers.hold();
    scope.add(release);
    const source = context.createMediaStreamSource(stream);
    scope.add(() => source.disconnect());
    const input = this.analyser(context);
    source.connect(input);
    const threshold = this.gateThreshold();
    if (threshold === null) return { scope, raw, sent: raw, input, output: input, gate: null };

    const gate = await this.platform.createGateNode(context);
    gate.parameters.get("threshold")?.setValueAtTime(threshold, context.currentTime);
    const output = this.analyser(context);
    const destination = context.createMediaStreamDestination();
    source.connect(gate).connect(output).connect(destination);
    scope.add(() => {
      gate.disconnect();
      output.disconnect();
    });
    const [sent] = destination.stream.getAudioTracks();
    if (!sent) throw new CoreError("Unknown", "no track to send");
    scope.add(() => sent.stop());
    return { scope, raw, sent, input, output, gate };
  }

  private analyser(context: AudioContext): AnalyserNode {
    const analyser = context.createAnalyser();
    analyser.fftSize = WINDOW;
    return analyser;
  }

  /** null: nothing stands between the device and the sender. */
  private gateThreshold(): number | null {
    const { inputMode, voiceThreshold } = this.preferences.getState();
    return inputMode === "voice" && voiceThreshold > -100 ? voiceThreshold : null;
  }

  private ended(which: Opened): void {
    if (this.opened !== which) return;
    this.reopen().catch((reason: unknown) => {
      if (this.opened !== which) return;
      this.close();
      this.onTrack(null);
      this.onLost(asCoreError(reason));
    });
  }

  private preferencesChanged(now: Preferences, before: Preferences): void {
    if (!this.opened) return;
    const switches = ["noiseSuppression", "echoCancellation", "autoGainControl"] as const;
    const threshold = this.gateThreshold();
    const rebuilt = (threshold === null) !== (this.opened.gate === null);
    if (rebuilt || switches.some((key) => now[key] !== before[key])) {
      // A failure leaves the open microphone as it was.
      this.reopen().catch(() => {});
    } else if (threshold !== null && now.voiceThreshold !== before.voiceThreshold) {
      this.opened.gate?.parameters.get("threshold")?.setValueAtTime(threshold, 0);
    }
  }

  private close(): void {
    const { opened } = this;
    this.opened = null;
    if (!opened) return;
    opened.raw.onended = null;
    opened.scope.close();
  }
}
