// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { FakePeerConnection } from "../testing/fake-media";
import { type InCall, inCall } from "../testing/in-call";
import { qualityWord } from "../testing/quality-word";

afterEach(() => {
  vi.useRealTimers();
});

const speak = (f: InCall, ...userIds: string[]) =>
  f.server.socket.event("voice.speaking", { roomSlug: "general", userIds });

/** The pair in use has had so many answers. */
function answered(pc: FakePeerConnection | undefined, responsesReceived: number, id = "pair") {
  pc?.stats.set("transport", { id: "transport", type: "transport", selectedCandidatePairId: id });
  pc?.stats.set(id, { id, type: "candidate-pair", responsesReceived });
}

/** A path that carries nothing while somebody speaks, and then nobody does. */
async function stalled() {
  const f = await inCall();
  f.core.call.setMuted(true);
  answered(f.sfu, 10);
  speak(f, "a-other");
  await f.pass(1_300);
  expect(f.sfu.restarts).toBe(1);
  expect(f.state().trouble?.code).toBe("MediaLost");
  speak(f);
  return f;
}

describe("a path in a silent room", () => {
  it("is whole once another one is up in its place", async () => {
    const f = await stalled();
    await f.pass(1_000);
    f.media.open()[1]?.become("connected");
    await f.pass(1_000);
    expect(f.state()).toMatchObject({ status: "connected", trouble: null });
    expect(f.media.open()).toHaveLength(1);
    await f.pass(30_000);
    expect(f.media.connections).toHaveLength(2);
    expect(f.server.socket.sent("voice.join")).toHaveLength(1);
  });

  it("is whole when the other end answers on it again, or on another pair of it", async () => {
    for (const [count, pair] of [
      [11, "pair"],
      [1, "another"],
    ] as const) {
      const f = await stalled();
      answered(f.sfu, count, pair);
      await f.pass(700);
      expect(f.state()).toMatchObject({ status: "connected", trouble: null });
      await f.pass(30_000);
      expect(f.media.connections).toHaveLength(1);
      f.core.stop();
    }
  });

  it("is not while nobody answers", async () => {
    const f = await stalled();
    await f.pass(600);
    expect(f.state().trouble?.code).toBe("MediaLost");
    await f.pass(300);
    expect(f.media.connections).toHaveLength(2);
  });

  it("is repaired further, not from the start, when it answers and carries nothing after all", async () => {
    const f = await stalled();
    answered(f.sfu, 11);
    await f.pass(700);
    expect(f.state().trouble).toBeNull();
    speak(f, "a-other");
    await f.pass(1_600);
    expect(f.sfu.restarts).toBe(1);
    expect(f.media.connections).toHaveLength(2);
  });

  it("is not while the server says that it hears nothing of us", async () => {
    const f = await inCall();
    answered(f.sfu, 10);
    const lost = qualityWord({ downlink: { state: "lost" } });
    f.server.socket.event("voice.quality", lost);
    await f.pass(100);
    f.server.socket.event("voice.quality", lost);
    await f.pass(500);
    answered(f.sfu, 11);
    await f.pass(2_000);
    expect(f.media.connections).toHaveLength(2);
  });
});
