// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Playback, Speakers } from "../audio/speakers";
import { systemClock } from "../platform";
import { Scope } from "../scope";
import { Mixer } from "./mixer";

beforeEach(() =>
  vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearInterval", "Date", "performance"] }),
);
afterEach(() => vi.useRealTimers());

/** A receiver that plays what the test says. */
class Receiver {
  csrcs: object[] = [];
  ssrcs: object[] = [];
  getContributingSources = () => this.csrcs;
  getSynchronizationSources = () => this.ssrcs;
  plays(source: number, audioLevel = 0.5): void {
    this.csrcs.push({ source, audioLevel, timestamp: performance.now() });
  }
}

function mixer(volumes: Record<string, number> = {}) {
  const heard: { gain: number; peak: number; closed: boolean }[] = [];
  const speakers = {
    play(): Playback {
      const one = { gain: 0, peak: 0, closed: false };
      heard.push(one);
      return {
        setGain: (gain) => {
          one.gain = gain;
        },
        measure: () => ({ peak: one.peak, rms: one.peak }),
        close: () => {
          one.closed = true;
        },
      };
    },
  } as unknown as Speakers;
  const scope = new Scope(systemClock);
  const it = new Mixer(speakers, scope, (userId) => volumes[userId] ?? 1, systemClock.now);
  it.setCsrcs([
    { csrc: 1, userId: "anna" },
    { csrc: 2, userId: "boris" },
  ]);
  const attach = (add: (receiver: RTCRtpReceiver, track: MediaStreamTrack) => unknown) => {
    const receiver = new Receiver();
    add(receiver as unknown as RTCRtpReceiver, {} as MediaStreamTrack);
    return { receiver, played: heard.at(-1) as (typeof heard)[number] };
  };
  const slot = (mid: string) => attach((receiver, track) => it.addSlot(receiver, track, mid));
  const pair = (userId: string) => attach((receiver, track) => it.addPair(userId, receiver, track));
  return { mixer: it, scope, heard, slot, pair, volumes };
}

describe("slots", () => {
  it("play whoever is in them at his volume, and follow another speaker", () => {
    const f = mixer({ anna: 0.3, boris: 2 });
    const { receiver, played } = f.slot("1");
    expect(played.gain).toBe(1);
    receiver.plays(1);
    expect(f.mixer.poll()).toEqual(new Map([["anna", 0.5]]));
    expect(played.gain).toBe(0.3);
    vi.advanceTimersByTime(40);
    receiver.plays(2, 0.2); // the old source lingers in the browser's list
    expect(f.mixer.poll()).toEqual(new Map([["boris", 0.2]]));
    expect(played.gain).toBe(2);
    f.volumes.boris = 0;
    f.mixer.volumeChanged("boris");
    expect(played.gain).toBe(0);
  });

  it("show nobody once no packet comes", () => {
    const f = mixer();
    const { receiver } = f.slot("1");
    receiver.plays(1);
    expect(f.mixer.hearsSfu()).toBe(true);
    vi.advanceTimersByTime(400);
    expect(f.mixer.poll().size).toBe(0);
    expect(f.mixer.hearsSfu()).toBe(false);
  });

  it("are somebody's while his packets come, where the server says nothing", () => {
    const f = mixer();
    const { receiver } = f.slot("1");
    f.mixer.poll();
    expect(f.mixer.occupant("1")).toBeNull();
    receiver.plays(1);
    f.mixer.poll();
    expect(f.mixer.occupant("1")).toMatchObject({ userId: "anna", fresh: true });
    expect(f.mixer.occupant("2")).toBeNull();
    vi.advanceTimersByTime(400);
    f.mixer.poll();
    expect(f.mixer.occupant("1")).toBeNull();
  });

  it("are his of whom the server and the packets say so, through an outage too", () => {
    const f = mixer();
    const { receiver } = f.slot("1");
    const told = (userId: string | null) => f.mixer.setHints([{ mid: "1", userId }]);
    const who = () => {
      f.mixer.poll();
      return f.mixer.occupant("1");
    };
    receiver.plays(1);
    told(null); // the word of who was there before, or of nobody
    expect(who()).toBeNull();
    told("anna");
    const stay = who();
    expect(stay).toMatchObject({ userId: "anna", fresh: true });
    vi.advanceTimersByTime(3_000);
    expect(who()).toEqual({ ...stay, fresh: false });
    receiver.plays(1);
    expect(who()).toEqual(stay);
    vi.advanceTimersByTime(40);
    receiver.plays(2); // the packets are ahead of the word
    expect(who()).toBeNull();
    told("boris");
    expect(who()).toMatchObject({ userId: "boris", fresh: true });
    told(null); // he has left, and his last packet was just played
    expect(who()).toBeNull();
  });

  it("are as fresh as their packets, where sources are dated late", () => {
    const f = mixer();
    const { receiver } = f.slot("1");
    receiver.plays(1);
    vi.advanceTimersByTime(1_500);
    receiver.ssrcs.push({ source: 77, timestamp: performance.now() });
    expect(f.mixer.poll()).toEqual(new Map([["anna", 0.5]]));
    vi.advanceTimersByTime(400);
    expect(f.mixer.poll().size).toBe(0);
  });

  it("go by voice.slots in browsers that show no sources", () => {
    const f = mixer({ anna: 0.5 });
    const { played } = f.slot("1");
    played.peak = 0.4;
    f.mixer.setHints([{ mid: "1", userId: "anna" }]);
    expect(f.mixer.poll()).toEqual(new Map([["anna", 0.4]]));
    expect(played.gain).toBe(0.5);
  });

  it("close with their scope", () => {
    const f = mixer();
    f.slot("1");
    f.pair("anna");
    f.scope.close();
    expect(f.heard.every((one) => one.closed)).toBe(true);
  });
});

describe("from one path to the other", () => {
  it("a person is heard on one path at a time, from when he is audible there", () => {
    const f = mixer({ anna: 0.7 });
    const slot = f.slot("1");
    slot.receiver.plays(1);
    f.mixer.poll();
    const pair = f.pair("anna");
    const done = vi.fn();
    f.mixer.switchTo("p2p", ["anna"], done);
    vi.advanceTimersByTime(50);
    expect([slot.played.gain, pair.played.gain]).toEqual([0.7, 0]);
    pair.played.peak = 0.1;
    vi.advanceTimersByTime(5);
    expect([slot.played.gain, pair.played.gain]).toEqual([0, 0.7]);
    expect(done).toHaveBeenCalledOnce();
    slot.receiver.plays(1);
    slot.played.peak = 0.1;
    f.mixer.switchTo("sfu", ["anna"], () => {});
    expect([slot.played.gain, pair.played.gain]).toEqual([0.7, 0]);
  });

  it("a silent one moves after a while all the same", () => {
    const f = mixer();
    const pair = f.pair("anna");
    const done = vi.fn();
    f.mixer.switchTo("p2p", ["anna"], done);
    vi.advanceTimersByTime(500);
    expect(pair.played.gain).toBe(1);
    expect(done).toHaveBeenCalledOnce();
  });
});
