// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import { inCall, online } from "../testing/in-call";

afterEach(() => {
  vi.useRealTimers();
});

const desk = { kind: "audioinput" as const, deviceId: "desk", label: "Desk microphone" };

describe("devices", () => {
  it("are listed by name once the microphone was allowed", async () => {
    const f = await online();
    f.media.plug([desk]);
    await f.pass(0);
    expect(f.core.devices.getState()).toMatchObject({
      inputs: [{ id: "desk", label: "Desk microphone" }],
      permission: "granted",
    });
  });

  it("fall back to the default when the chosen one is unplugged, and return with it", async () => {
    const f = await inCall();
    f.media.plug([desk]);
    await f.core.media.setInput("desk");
    const sender = f.sfu.transceivers[0]?.sender;
    expect(sender?.track).toMatchObject({ deviceId: "desk" });
    f.media.plug([]);
    await f.pass(0);
    expect(sender?.track).toMatchObject({ deviceId: "default" });
    expect(f.media.live()).toHaveLength(1);
    expect(f.core.devices.getState().inputId).toBe("desk");
    f.media.plug([desk]);
    await f.pass(0);
    expect(sender?.track).toMatchObject({ deviceId: "desk" });
    expect(f.media.live()).toHaveLength(1);
  });

  it("mute, saying why, when the last microphone is pulled out", async () => {
    const f = await inCall();
    f.media.plug([desk]);
    await f.core.media.setInput("desk");
    f.media.refusal = "NotFoundError";
    f.media.plug([]);
    await f.pass(0);
    expect(f.state()).toMatchObject({
      status: "connected",
      muted: true,
      trouble: { code: "MicrophoneNotFound" },
    });
    f.media.refusal = null;
    f.core.call.setMuted(false);
    await f.pass(0);
    expect(f.sfu.transceivers[0]?.sender.track).toBe(f.media.live()[0]);
  });

  it("stay as they were when the new choice cannot be opened", async () => {
    const f = await inCall();
    f.media.refusal = "NotReadableError";
    await expect(f.core.media.setInput("desk")).rejects.toMatchObject({ code: "MicrophoneBusy" });
    expect(f.core.devices.getState().inputId).toBe("default");
    expect(f.media.live()).toHaveLength(1);
  });
});

describe("playback", () => {
  it("says that the browser wants a click, until it got one", async () => {
    const f = await online();
    f.media.audioState = "suspended";
    await f.core.call.join("general");
    await f.pass(600);
    expect(f.state().playbackBlocked).toBe(true);
    f.media.audioState = "running";
    await f.core.call.unblockPlayback();
    expect(f.state().playbackBlocked).toBe(false);
  });
});
