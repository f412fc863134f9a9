// @vitest-environment node
import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "../platform";
import { Scope } from "../scope";
import { Unheard } from "./unheard";

afterEach(() => {
  vi.useRealTimers();
});

const word = (lossPct: number) => ({
  maxBitrate: 48_000,
  layers: ["high" as const],
  redundancy: 0,
  frameMs: 20,
  lossPct,
});

/** A connection that has sent so many packets. */
function sender(): { connection: RTCPeerConnection; packets: number } {
  const it = {
    packets: 0,
    connection: {
      getStats: async () =>
        new Map([["a", { type: "outbound-rtp", kind: "audio", packetsSent: it.packets }]]),
    } as unknown as RTCPeerConnection,
  };
  return it;
}

test("a path is mended when the server hears nothing of what is sent", async () => {
  const told: boolean[] = [];
  const unheard = new Unheard(new Scope(systemClock), { heard: (heard) => told.push(heard) });
  const it = sender();
  await unheard.word(word(0), it.connection);
  expect(told).toEqual([true]);
  it.packets = 100;
  await unheard.word(word(100), it.connection);
  expect(told).toEqual([true]); // what was sent before is no sign
  it.packets = 250;
  await unheard.word(word(100), it.connection);
  expect(told).toEqual([true, false]);
  await unheard.word(word(100), it.connection);
  expect(told).toEqual([true, false]); // nothing was sent since
  await unheard.word(word(3), it.connection);
  expect(told).toEqual([true, false, true]);
});

test("nothing is mended while pairs carry the voice or the microphone is off", async () => {
  const told: boolean[] = [];
  const unheard = new Unheard(new Scope(systemClock), { heard: (heard) => told.push(heard) });
  await unheard.word(word(100), null);
  await unheard.word(word(100), null);
  expect(told).toEqual([true, true]);
});

test("what is sent after the server's word is looked at without another word", async () => {
  vi.useFakeTimers();
  const told: boolean[] = [];
  const unheard = new Unheard(new Scope(systemClock), { heard: (heard) => told.push(heard) });
  const it = sender();
  it.packets = 100;
  await unheard.word(word(100), it.connection);
  it.packets = 110;
  await vi.advanceTimersByTimeAsync(400);
  expect(told).toEqual([false]);
});
