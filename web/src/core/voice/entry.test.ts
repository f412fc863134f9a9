// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { FakeSocket } from "../testing/fake-socket";
import { inCall, online } from "../testing/in-call";

afterEach(() => {
  vi.useRealTimers();
});

type Held = { socket: FakeSocket; request: Parameters<FakeSocket["ack"]>[0] };

/** The server keeps each voice.join until it is answered here. */
function holds(f: { server: Awaited<ReturnType<typeof online>>["server"] }) {
  const held: Held[] = [];
  f.server.handlers["voice.join"] = (socket, request) => void held.push({ socket, request });
  return {
    held,
    letIn: ({ socket, request }: Held) => {
      socket.ack(request);
      f.server.voiceJoined(socket, String(request.payload.roomSlug));
    },
  };
}

describe("two who want in at once", () => {
  it("are one: the latest, on one path", async () => {
    const f = await inCall();
    const { held, letIn } = holds(f);
    f.core.setPreference("hideAddress", true);
    await f.pass(0);
    f.core.setPreference("hideAddress", false);
    await f.pass(100);
    expect(held.map(({ request }) => "relayOnly" in request.payload)).toEqual([true, false]);
    letIn(held[0] as Held);
    await f.pass(100);
    expect(f.media.open()).toHaveLength(0); // the answer to what nobody wants any more
    letIn(held[1] as Held);
    await f.pass(100);
    expect(f.media.open().map((pc) => pc.configuration.iceTransportPolicy)).toEqual(["all"]);
    f.media.open()[0]?.become("connected");
    await f.pass(30_000);
    expect(f.state()).toMatchObject({ status: "connected", trouble: null });
    expect(held).toHaveLength(2);
    expect(f.media.connections).toHaveLength(2);
  });

  it("do not end one another: the former's time is not the latter's", async () => {
    const f = await inCall();
    const { held, letIn } = holds(f);
    f.core.setPreference("hideAddress", true);
    await f.pass(0);
    const [first] = held as [Held];
    first.socket.ack(first.request); // and nothing follows
    await f.pass(7_000);
    f.core.setPreference("hideAddress", false);
    await f.pass(2_000);
    // The former's answer comes after all, and is nobody's.
    f.server.voiceJoined(first.socket, "general");
    expect(f.media.open()).toHaveLength(0);
    letIn(held[1] as Held);
    await f.pass(0);
    f.media.open()[0]?.become("connected");
    await f.pass(20_000);
    expect(held).toHaveLength(2);
    expect(f.media.open()).toHaveLength(1);
  });

  it("end with the latest's refusal, and nothing is left", async () => {
    const f = await inCall();
    const { held, letIn } = holds(f);
    f.core.setPreference("hideAddress", true);
    await f.pass(0);
    f.core.setPreference("hideAddress", false);
    await f.pass(0);
    letIn(held[0] as Held);
    const last = held[1] as Held;
    last.socket.nack(last.request, "RoomFull");
    await f.pass(500);
    expect(f.state()).toMatchObject({ status: "idle", trouble: { code: "RoomFull" } });
    expect(f.server.socket.sent("voice.leave")).toHaveLength(1);
    expect(f.media.open()).toHaveLength(0);
  });

  it("are told alike: who joined first is in when the latest is", async () => {
    const f = await online();
    const { held, letIn } = holds(f);
    const told: string[] = [];
    const joining = (slug: string) =>
      f.core.call.join(slug).then(
        () => told.push(slug),
        () => told.push(`not ${slug}`),
      );
    void joining("general");
    await f.pass(0);
    void joining("quiet");
    await f.pass(0);
    void joining("general"); // and back, before anything was answered
    await f.pass(0);
    for (const one of held.slice(0, 2)) letIn(one);
    await f.pass(0);
    expect(told).not.toContain("general");
    letIn(held[2] as Held);
    await f.pass(0);
    expect(told.filter((slug) => slug === "general")).toHaveLength(2);
    expect(f.state()).toMatchObject({ roomSlug: "general", movingTo: null, status: "connecting" });
    expect(f.media.open()).toHaveLength(1);
    await f.core.call.leave();
    await f.pass(500);
    expect(f.media.open()).toHaveLength(0);
    expect(f.media.live()).toHaveLength(0);
  });
});
