import { vi } from "vitest";
import { createCore } from "../core";
import type { Platform } from "../platform";
import { FakeMedia } from "./fake-media";
import { FakeServer } from "./fake-server";

/** A core between a fake server and fake media, in virtual time; after a reload with what was `before`. */
export function fixture(before?: { server: FakeServer; tab: Map<string, string> }) {
  if (!vi.isFakeTimers()) vi.useFakeTimers({ now: 1_767_225_600_000 });
  const server = before?.server ?? new FakeServer();
  const media = new FakeMedia();
  const kept = new Map<string, string>();
  const tab = before?.tab ?? new Map<string, string>();
  const storage = (map: Map<string, string>) => ({
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
  });
  const wakes = new Set<(renewed: boolean) => void>();
  const inputs = new Set<() => void>();
  const crashes = new Set<(reason: unknown) => void>();
  /** What chance gives. */
  const chance = { random: 0.5 };
  const platform: Partial<Platform> = {
    random: () => chance.random,
    fetch: server.fetch,
    openSocket: server.openSocket,
    storage: storage(kept),
    tabStorage: storage(tab),
    onWake(listener) {
      wakes.add(listener);
      return () => wakes.delete(listener);
    },
    onInput(listener) {
      inputs.add(listener);
      return () => inputs.delete(listener);
    },
    onCrash(listener) {
      crashes.add(listener);
      return () => crashes.delete(listener);
    },
    createPeerConnection: media.createPeerConnection,
    createAudioContext: media.createAudioContext,
    createMediaStream: media.createMediaStream,
    createRecorder: media.createRecorder,
    createAudioElement: media.createAudioElement,
    mediaDevices: media.mediaDevices,
    permissions: undefined,
  };
  const core = createCore({ platform });
  return {
    core,
    server,
    media,
    chance,
    kept,
    tab,
    /** The network comes back after it was away, or the page. */
    wake: (renewed = false) => {
      for (const listener of wakes) listener(renewed);
    },
    /** Somebody touches the keyboard or the mouse. */
    input: () => {
      for (const listener of inputs) listener();
    },
    /** Something throws that nobody catches. */
    crash: (reason: unknown) => {
      for (const listener of crashes) listener(reason);
    },
    /** Lets `ms` pass, and everything that was waiting for it. */
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
  };
}
