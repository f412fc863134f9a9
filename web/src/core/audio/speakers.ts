import type { Platform } from "../platform";
import { measure } from "./level";
import { limiter } from "./limiter";

/** How long a context may take to start before it counts as blocked by the browser. */
const START_MS = 500;
/** The context is paused this long after its last user, so that a cue rings out. */
const IDLE_MS = 1_500;
/** Short enough to notice sound on a new path within a few milliseconds. */
const WINDOW = 512;

type SinkContext = AudioContext & { setSinkId?: (id: string) => Promise<void> };

/** One remote track on its way to the speakers. */
export interface Playback {
  /** Reaches `gain` (1 is as sent) in `rampMs`. */
  setGain(gain: number, rampMs: number): void;
  /** What comes in now, before any gain: amplitudes 0..1. */
  measure(): { peak: number; rms: number };
  close(): void;
}

/**
 * The page's one AudioContext and what leads to its output. It runs while
 * somebody holds it; `onBlocked` tells when the browser wants a click first.
 */
export class Speakers {
  private context: SinkContext | null = null;
  private master: GainNode | null = null;
  private holders = 0;
  private deafened = false;
  private outputId = "default";
  private cancelTimer: (() => void) | null = null;
  private blocked = false;

  constructor(
    private readonly platform: Platform,
    private readonly onBlocked: (blocked: boolean) => void,
  ) {}

  /** Holds the context running. The returned function lets it go. */
  hold(): { context: AudioContext; release: () => void } {
    const context = this.ensure();
    this.holders++;
    void this.run(context);
    let held = true;
    return {
      context,
      release: () => {
        if (!held) return;
        held = false;
        this.holders--;
        if (this.holders === 0) this.idle(context);
      },
    };
  }

  /** Plays a track until it is closed. Chromium gives a remote track's sound to WebAudio only while it also hangs on an element. */
  play(track: MediaStreamTrack): Playback {
    const context = this.ensure();
    const stream = this.platform.createMediaStream([track]);
    const element = this.platform.createAudioElement();
    element.muted = true;
    element.srcObject = stream;
    void element.play().catch(() => {}); // muted: needs no permission; refused only when closed at once
    const source = context.createMediaStreamSource(stream);
    const analyser = context.createAnalyser();
    analyser.fftSize = WINDOW;
    const gain = context.createGain();
    gain.gain.value = 0;
    source.connect(analyser);
    source.connect(gain);
    gain.connect(this.master as GainNode);
    const buffer = new Float32Array(WINDOW);
    return {
      setGain(value, rampMs) {
        const now = context.currentTime;
        gain.gain.cancelScheduledValues(now);
        gain.gain.setValueAtTime(gain.gain.value, now);
        gain.gain.linearRampToValueAtTime(value, now + rampMs / 1000);
      },
      measure: () => measure(analyser, buffer),
      close() {
        source.disconnect();
        gain.disconnect();
        element.pause();
        element.srcObject = null;
      },
    };
  }

  /** Silences all voices; cues are still heard. */
  setDeafened(deafened: boolean): void {
    this.deafened = deafened;
    if (this.master && this.context) {
      this.master.gain.setTargetAtTime(deafened ? 0 : 1, this.context.currentTime, 0.005);
    }
  }

  get canChooseOutput(): boolean {
    return typeof AudioContext !== "undefined" && "setSinkId" in AudioContext.prototype;
  }

  /** Plays on another output; "default" is the system's. Rejects when there is no such output. */
  async setOutput(id: string): Promise<void> {
    this.outputId = id;
    await this.context?.setSinkId?.(id === "default" ? "" : id);
  }

  /** To be called from a click: starts what the browser has held back. */
  async unblock(): Promise<void> {
    await this.context?.resume();
    this.check();
  }

  private ensure(): AudioContext {
    if (this.context) return this.context;
    const context: SinkContext = this.platform.createAudioContext();
    this.context = context;
    this.master = context.createGain();
    this.master.gain.value = this.deafened ? 0 : 1;
    const { input, output } = limiter(context);
    this.master.connect(input);
    output.connect(context.destination);
    context.onstatechange = () => {
      if (context.state === "running" || this.holders === 0) this.setBlocked(false);
      else this.checkSoon();
    };
    if (this.outputId !== "default") {
      // An output that was unplugged since: the system's own takes over.
      void context.setSinkId?.(this.outputId).catch(() => {});
    }
    return context;
  }

  private async run(context: AudioContext): Promise<void> {
    this.checkSoon();
    if (context.state === "running") return;
    try {
      await context.resume();
    } catch {
      // Told by the check.
    }
  }

  private checkSoon(): void {
    this.cancelTimer?.();
    this.cancelTimer = this.platform.clock.after(START_MS, () => this.check());
  }

  private check(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.setBlocked(this.holders > 0 && this.context?.state !== "running");
  }

  private idle(context: AudioContext): void {
    this.setBlocked(false);
    this.cancelTimer?.();
    this.cancelTimer = this.platform.clock.after(IDLE_MS, () => {
      this.cancelTimer = null;
      if (this.holders === 0) void context.suspend().catch(() => {});
    });
  }

  private setBlocked(blocked: boolean): void {
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    this.onBlocked(blocked);
  }
}
