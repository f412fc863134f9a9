// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import { inCall, nothingLeft, online } from "../testing/in-call";

afterEach(() => {
  vi.useRealTimers();
});

const joins = (f: { server: { socket: { sent(type: string): { payload: unknown }[] } } }) =>
  f.server.socket.sent("voice.join").map((request) => request.payload as Record<string, unknown>);

describe("whoever hides his address", () => {
  it("says so when he joins, and uses relays alone whatever the server answers", async () => {
    const f = await online();
    f.core.setPreference("hideAddress", true);
    await f.core.call.join("general");
    await f.pass(0);
    expect(joins(f)).toEqual([{ roomSlug: "general", muted: false, deafened: false, relayOnly: true }]);
    expect(f.media.open().map((pc) => pc.configuration.iceTransportPolicy)).toEqual(["relay"]);
  });

  it("joins anew when he changes his mind in a call, both ways", async () => {
    const f = await inCall();
    expect(joins(f)[0]).toMatchObject({ p2p: true });
    f.change("p2p", "prepare", 2);
    await f.pass(0);
    expect(f.media.open()).toHaveLength(2);
    f.core.setPreference("hideAddress", true);
    await f.pass(0);
    expect(joins(f)[1]).toMatchObject({ relayOnly: true });
    expect(joins(f)[1]).not.toHaveProperty("p2p");
    // Neither the pair nor the path that was not relayed is there any more.
    expect(f.media.open().map((pc) => pc.configuration.iceTransportPolicy)).toEqual(["relay"]);
    f.core.setPreference("hideAddress", false);
    await f.pass(0);
    expect(joins(f)[2]).toMatchObject({ p2p: true });
    expect(f.media.open().map((pc) => pc.configuration.iceTransportPolicy)).toEqual(["all"]);
    // Another preference is nobody's business.
    f.core.setPreference("cues", false);
    await f.pass(0);
    expect(joins(f)).toHaveLength(3);
  });

  it("is told when the server offers no relay, and is in no call then", async () => {
    const f = await inCall();
    f.server.handlers["voice.join"] = (socket, request) => socket.nack(request, "NoRelay");
    f.core.setPreference("hideAddress", true);
    await f.pass(0);
    expect(f.state()).toMatchObject({ status: "idle", trouble: { code: "NoRelay" } });
    // The stay before is still there until it is left.
    expect(f.server.socket.sent("voice.leave")).toHaveLength(1);
    nothingLeft(f);
    await expect(f.core.call.join("general")).rejects.toMatchObject({ code: "NoRelay" });
  });

  it("waits for nobody who is not in a call", async () => {
    const f = await online();
    f.core.setPreference("hideAddress", true);
    await f.pass(0);
    expect(joins(f)).toEqual([]);
  });
});
