// @vitest-environment node
import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "../platform";
import { Scope } from "../scope";
import { qualityWord } from "../testing/quality-word";
import { Unheard } from "./unheard";

afterEach(() => {
  vi.useRealTimers();
});

const word = (lossPct: number) => qualityWord({ uplink: { lossPct } });
const lost = qualityWord({ downlink: { state: "lost" } });

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
  await unheard.word(word(0), it.connection, true);
  expect(told).toEqual([true]);
  it.packets = 100;
  await unheard.word(word(100), it.connection, true);
  expect(told).toEqual([true]); // what was sent before is no sign
  it.packets = 250;
  await unheard.word(word(100), it.connection, true);
  expect(told).toEqual([true, false]);
  await unheard.word(word(100), it.connection, true);
  expect(told).toEqual([true, false]); // nothing was sent since
  await unheard.word(word(3), it.connection, true);
  expect(told).toEqual([true, false, true]);
});

test("nothing is mended while pairs carry the voice or the microphone is off", async () => {
  const told: boolean[] = [];
  const unheard = new Unheard(new Scope(systemClock), { heard: (heard) => told.push(heard) });
  const it = sender();
  for (const connection of [null, it.connection])
    for (const packets of [100, 200]) {
      it.packets = packets;
      await unheard.word(word(100), connection, connection === null);
    }
  await unheard.word(lost, null, true);
  await unheard.word(lost, null, true);
  expect(told).toEqual([true, true, true, true, true, true]);
});

test("a path is mended when the server says again that it hears nothing at all", async () => {
  const told: boolean[] = [];
  const unheard = new Unheard(new Scope(systemClock), { heard: (heard) => told.push(heard) });
  const [one, another] = [sender(), sender()];
  for (const sending of [true, false]) {
    await unheard.word(lost, one.connection, sending);
    expect(told.splice(0)).toEqual([]); // it may have waited for a page that slept
    await unheard.word(lost, one.connection, sending);
    await unheard.word(lost, one.connection, sending);
    expect(told.splice(0)).toEqual([false, false]);
    await unheard.word(lost, another.connection, sending);
    expect(told.splice(0)).toEqual([]); // it was said of the other one
    await unheard.word(qualityWord(), another.connection, sending);
    expect(told.splice(0)).toEqual([true]);
  }
});

test("what is sent after the server's word is looked at without another word", async () => {
  vi.useFakeTimers();
  const told: boolean[] = [];
  const unheard = new Unheard(new Scope(systemClock), { heard: (heard) => told.push(heard) });
  const it = sender();
  it.packets = 100;
  await unheard.word(word(100), it.connection, true);
  it.packets = 110;
  await vi.advanceTimersByTimeAsync(400);
  expect(told).toEqual([false]);
});
