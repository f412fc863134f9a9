// @vitest-environment node
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { errors as en } from "@/i18n/en-errors";
import { errors as ru } from "@/i18n/ru-errors";
import { inCall, online } from "../testing/in-call";
import { failureOf, failures } from "./failure";

afterEach(() => {
  vi.useRealTimers();
});

/** The classes that were told to the server. */
const told = (f: { server: { telemetry: string[] } }) =>
  f.server.telemetry
    .map((body) => JSON.parse(body) as { event: string; meta: { code?: string } })
    .filter(({ event }) => event === "voice_failed")
    .map(({ meta }) => meta.code);

describe("the classes of failure", () => {
  it("each have words in both languages, and are in the documents", () => {
    const page = readFileSync(new URL("../../../../docs/voice-trouble.md", import.meta.url), "utf8");
    for (const [code, trouble] of Object.entries(failures)) {
      for (const words of [en, ru]) expect(words[trouble].title && words[trouble].hint, code).toBeTruthy();
      expect(page).toContain(`\`${code}\``);
    }
  });

  it("are none of what somebody has decided", () => {
    for (const code of ["RoomFull", "RoomNotFound", "Forbidden", "Kicked", "MovedElsewhere", "RateLimited"]) {
      expect(failureOf({ code })).toBeNull();
    }
    for (const [code, trouble] of Object.entries(failures)) expect(failureOf({ code: trouble })).toBe(code);
  });
});

describe("telemetry of failures", () => {
  it("tells of a denied microphone once", async () => {
    const f = await online();
    f.media.refusal = "NotAllowedError";
    await f.core.call.join("general");
    await f.pass(1_000);
    expect(f.state().trouble?.code).toBe("MicrophoneDenied");
    f.core.call.setMuted(false); // asks again, in vain
    await f.pass(1_000);
    expect(told(f)).toEqual(["mic_denied"]);
  });

  it("tells of a path that is lost once, however long it takes to mend", async () => {
    const f = await inCall();
    f.sfu.become("failed");
    await f.pass(30_000);
    expect(told(f)).toEqual(["ice_failed"]);
    f.media.open().at(-1)?.become("connected");
    await f.pass(100);
    expect(f.state().status).toBe("connected");
    f.media.open().at(-1)?.become("failed");
    await f.pass(100);
    expect(told(f)).toEqual(["ice_failed"]); // it may mend itself at once
    await f.pass(2_000);
    expect(told(f)).toEqual(["ice_failed", "ice_failed"]);
  });

  it("tells of a server that stays away in a call, and not of a socket that is back at once", async () => {
    const f = await inCall();
    f.server.socket.onclose?.({ code: 1006, reason: "" });
    await f.pass(1_500);
    f.media.open().at(-1)?.become("connected");
    await f.pass(5_000);
    expect(f.state().status).toBe("connected");
    expect(told(f)).toEqual([]);
    f.server.autoReady = false;
    f.server.socket.onclose?.({ code: 1006, reason: "" });
    await f.pass(5_000);
    expect(told(f)).toEqual(["signalling_network"]);
  });

  it("says nothing of a full room", async () => {
    const f = await online();
    f.server.handlers["voice.join"] = (socket, request) =>
      socket.say({
        type: "nack",
        payload: {
          requestId: request.requestId,
          eventType: request.type,
          code: "RoomFull",
          message: "",
          ts: 0,
        },
      });
    await expect(f.core.call.join("general")).rejects.toMatchObject({ code: "RoomFull" });
    expect(told(f)).toEqual([]);
  });

  it("tells of a browser that plays nothing", async () => {
    const f = await online();
    f.media.audioState = "suspended";
    await f.core.call.join("general");
    await f.pass(600);
    f.media.connections[0]?.become("connected");
    expect(told(f)).toEqual(["autoplay_blocked"]);
  });
});
