import gateProcessorUrl from "./audio/gate-processor.js?url&no-inline";

/**
 * What the core needs of the world around it. Tests hand in their own; the
 * browser's is `browserPlatform`.
 */

/** Time. Each function returns the cancel of what it started. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  after(ms: number, task: () => void): () => void;
  every(ms: number, task: () => void): () => void;
}

/** The part of a WebSocket that the core uses. */
export interface SocketLike {
  readyState: number;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** The part of a MediaRecorder that the core uses. */
export interface RecorderLike {
  ondataavailable: ((event: { data: Blob }) => void) | null;
  onstop: (() => void) | null;
  onerror: (() => void) | null;
  start(): void;
  stop(): void;
}

export interface Platform {
  clock: Clock;
  /** 0 <= n < 1. */
  random(): number;
  fetch(path: string, init: RequestInit): Promise<Response>;
  /** Opens a WebSocket at a path of the page's own origin. */
  openSocket(path: string): SocketLike;
  /** null where the browser keeps nothing (private windows, tests). */
  storage: StorageLike | null;
  /** The same for as long as the tab lives, reloads included. */
  tabStorage: StorageLike | null;
  /** Calls back when the network was away and is back (true), and when the page is looked at again or was frozen. */
  onWake(listener: (renewed: boolean) => void): () => void;
  /** Calls back when somebody does something at the machine, at most every few seconds. */
  onInput(listener: () => void): () => void;
  /** Calls back with what nobody caught. */
  onCrash(listener: (reason: unknown) => void): () => void;
  createPeerConnection(config: RTCConfiguration): RTCPeerConnection;
  createAudioContext(): AudioContext;
  createAudioElement(): HTMLAudioElement;
  createMediaStream(tracks: MediaStreamTrack[]): MediaStream;
  createRecorder(stream: MediaStream): RecorderLike;
  /** Adds the voice gate's processor to a context and makes a node of it. */
  createGateNode(context: AudioContext): Promise<AudioWorkletNode>;
  /** undefined on an insecure origin: the browser then has no microphone to give. */
  mediaDevices: MediaDevices | undefined;
  permissions: Permissions | undefined;
}

/** The timers of the page. They are looked up when used, so that fake timers apply. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const id = setTimeout(task, ms);
    return () => clearTimeout(id);
  },
  every(ms, task) {
    const id = setInterval(task, ms);
    return () => clearInterval(id);
  },
};

function pageStorage(which: "localStorage" | "sessionStorage"): StorageLike | null {
  try {
    return globalThis[which] ?? null;
  } catch {
    return null; // blocked by the browser's settings
  }
}

const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;
const INPUT_EVERY_MS = 5_000;

/** The browser that the page runs in. */
export function browserPlatform(): Platform {
  return {
    clock: systemClock,
    random: () => Math.random(),
    fetch: (path, init) => globalThis.fetch(path, init),
    openSocket(path) {
      const url = new URL(path, globalThis.location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      return new WebSocket(url) as SocketLike;
    },
    storage: pageStorage("localStorage"),
    tabStorage: pageStorage("sessionStorage"),
    onWake(listener) {
      const visible = () => {
        if (document.visibilityState === "visible") listener(false);
      };
      const online = () => listener(true);
      const resumed = () => listener(false);
      globalThis.addEventListener("online", online);
      document.addEventListener("visibilitychange", visible);
      document.addEventListener("resume", resumed);
      return () => {
        globalThis.removeEventListener("online", online);
        document.removeEventListener("visibilitychange", visible);
        document.removeEventListener("resume", resumed);
      };
    },
    onInput(listener) {
      let last = 0;
      const act = () => {
        const now = Date.now();
        if (now - last < INPUT_EVERY_MS) return;
        last = now;
        listener();
      };
      for (const type of INPUTS) globalThis.addEventListener(type, act, { passive: true, capture: true });
      return () => {
        for (const type of INPUTS) globalThis.removeEventListener(type, act, { capture: true });
      };
    },
    onCrash(listener) {
      const failed = (event: ErrorEvent) => event.error && listener(event.error);
      const rejected = (event: PromiseRejectionEvent) => listener(event.reason);
      globalThis.addEventListener("error", failed);
      globalThis.addEventListener("unhandledrejection", rejected);
      return () => {
        globalThis.removeEventListener("error", failed);
        globalThis.removeEventListener("unhandledrejection", rejected);
      };
    },
    createPeerConnection: (config) => new RTCPeerConnection(config),
    createAudioContext: () => new AudioContext({ latencyHint: "interactive" }),
    createAudioElement: () => new Audio(),
    createMediaStream: (tracks) => new MediaStream(tracks),
    createRecorder: (stream) => new MediaRecorder(stream) as RecorderLike,
    async createGateNode(context) {
      await context.audioWorklet.addModule(gateProcessorUrl);
      return new AudioWorkletNode(context, "voice-gate", { channelCount: 1, outputChannelCount: [1] });
    },
    mediaDevices: globalThis.navigator?.mediaDevices,
    permissions: globalThis.navigator?.permissions,
  };
}
