// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { FakePeerConnection, FakeSender } from "../testing/fake-media";
import { type InCall, inCall } from "../testing/in-call";
import { qualityWord, type Word } from "../testing/quality-word";

afterEach(() => {
  vi.useRealTimers();
});

function says(f: InCall, uplink: Word["uplink"]) {
  f.server.socket.event("voice.quality", qualityWord({ uplink }));
  return f.pass(0);
}

const senders = (pc: FakePeerConnection | undefined) => {
  const [high, low] = (pc?.transceivers ?? []).map(({ sender }) => sender) as [FakeSender, FakeSender];
  return { high, low };
};

/** Which layers carry the track. */
const sent = (pc: FakePeerConnection | undefined) => {
  const { high, low } = senders(pc);
  return [high.track && "high", low.track && "low"].filter(Boolean);
};

describe("layers", () => {
  it("are the high one until the server has said otherwise", async () => {
    const f = await inCall();
    expect(sent(f.sfu)).toEqual(["high"]);
    expect(senders(f.sfu).high.encodings).toEqual([{ maxBitrate: 48_000 }]);
    expect(senders(f.sfu).low.encodings).toEqual([{ maxBitrate: 16_000 }]);
  });

  it("are those that somebody wants, parked with no track", async () => {
    const f = await inCall();
    for (const layers of [["high", "low"], ["low"], [], ["high"]] as const) {
      await says(f, { layers: [...layers] });
      expect(sent(f.sfu)).toEqual(layers);
    }
    const [track] = f.media.tracks;
    expect(senders(f.sfu).high.track).toBe(track);
  });

  it("are none while pairs carry the sound, and the same ones afterwards", async () => {
    const f = await inCall();
    await says(f, { layers: ["high", "low"] });
    f.change("p2p", "prepare", 5);
    await f.pass(0);
    const pair = f.media.connections[1] as FakePeerConnection;
    pair.become("connected");
    f.change("p2p", "commit", 5);
    await f.pass(600);
    expect(sent(f.sfu)).toEqual([]);
    expect(pair.transceivers[0]?.sender.track).toBe(f.media.tracks[0]);
    await says(f, { layers: ["low"] });
    expect(sent(f.sfu)).toEqual([]);
    f.change("sfu", "commit", 6);
    await f.pass(0);
    expect(sent(f.sfu)).toEqual(["low"]);
  });

  it("follow another microphone, and push-to-talk closes both", async () => {
    const f = await inCall();
    await says(f, { layers: ["high", "low"] });
    f.media.plug([{ kind: "audioinput", deviceId: "desk", label: "Desk" }]);
    await f.core.media.setInput("desk");
    await f.pass(0);
    const [live] = f.media.live();
    expect(live?.deviceId).toBe("desk");
    expect(senders(f.sfu).high.track).toBe(live);
    expect(senders(f.sfu).low.track).toBe(live);
    f.core.setPreference("inputMode", "ptt");
    expect(live?.enabled).toBe(false);
  });

  it("are kept on a rebuilt connection, and forgotten in a new session", async () => {
    const f = await inCall();
    await says(f, { layers: ["low"], maxBitrate: 24_000 });
    f.sfu.become("disconnected");
    await f.pass(2_100);
    const [, next] = f.media.open();
    expect(sent(next)).toEqual(["low"]);
    expect(senders(next).high.encodings).toEqual([{ maxBitrate: 24_000 }]);
    next?.become("connected");
    expect(f.media.open()).toEqual([next]);
    f.server.socket.drop();
    await f.pass(1_000);
    const [fresh] = f.media.open();
    expect(fresh).not.toBe(next);
    expect(sent(fresh)).toEqual(["high"]);
    expect(senders(fresh).high.encodings).toEqual([{ maxBitrate: 48_000 }]);
    expect(f.state().quality).toBeNull();
  });
});

describe("the bitrate", () => {
  it("is the high layer's", async () => {
    const f = await inCall();
    await says(f, { layers: ["high", "low"], maxBitrate: 20_000 });
    expect(senders(f.sfu).high.encodings).toEqual([{ maxBitrate: 20_000 }]);
    expect(senders(f.sfu).low.encodings).toEqual([{ maxBitrate: 16_000 }]);
  });

  it("is the low layer's too, on its own word", async () => {
    const f = await inCall();
    for (const [told, set] of [
      [12_000, 12_000],
      [undefined, 16_000],
      [1, 6_000],
      [0, 16_000],
    ] as const) {
      await says(f, { layers: ["low"], maxBitrate: 20_000, lowMaxBitrate: told });
      expect(senders(f.sfu).low.encodings).toEqual([{ maxBitrate: set }]);
      expect(senders(f.sfu).high.encodings).toEqual([{ maxBitrate: 20_000 }]);
    }
  });

  it("stays one that Opus can have", async () => {
    const f = await inCall();
    for (const [told, set] of [
      [1, 6_000],
      [0, 48_000],
      [-5, 48_000],
      [9e9, 510_000],
    ] as const) {
      await says(f, { maxBitrate: told });
      expect(senders(f.sfu).high.encodings).toEqual([{ maxBitrate: set }]);
    }
  });

  it("that the browser refuses breaks nothing, and is set when it can be", async () => {
    const f = await inCall();
    const { high } = senders(f.sfu);
    high.refuses = true;
    await says(f, { layers: ["high", "low"], maxBitrate: 20_000 });
    expect(sent(f.sfu)).toEqual(["high", "low"]);
    expect(f.state()).toMatchObject({ status: "connected", trouble: null });
    high.refuses = false;
    f.sfu.become("disconnected");
    await f.pass(1_100); // an ICE restart: another negotiation
    expect(high.encodings).toEqual([{ maxBitrate: 20_000 }]);
  });
});

describe("redundancy", () => {
  const answer = (formats = "111 63") =>
    ["0", "1"]
      .map(
        (mid) =>
          `m=audio 9 UDP/TLS/RTP/SAVPF ${formats}\r\na=mid:${mid}\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\n`,
      )
      .join("");
  const order = (pc: FakePeerConnection | undefined) =>
    pc?.remoteDescription?.sdp.match(/SAVPF (.*)/g)?.map((one) => one.slice(6));
  const answers = (f: InCall, sdp: string) => {
    f.server.handlers["sfu.offer"] = (socket, request) => {
      socket.ack(request);
      socket.event("sfu.answer", { epoch: request.payload.epoch, sdp });
    };
  };
  /** In a call whose server answers so. */
  async function answered(sdp: string) {
    const f = await inCall();
    answers(f, sdp);
    f.sfu.become("disconnected");
    await f.pass(1_100);
    f.sfu.become("connected");
    return f;
  }

  it("is sent where it was negotiated, without a word to the server", async () => {
    const f = await answered(answer());
    expect(order(f.sfu)).toEqual(["111 63", "111 63"]);
    const offers = f.server.socket.sent("sfu.offer").length;
    await says(f, { redundancy: 1 });
    expect(order(f.sfu)).toEqual(["63 111", "63 111"]);
    expect(f.core.call.trace()?.sending.redundant).toBe(true);
    await says(f, { redundancy: 2 });
    expect(order(f.sfu)).toEqual(["63 111", "63 111"]);
    await says(f, { redundancy: 0 });
    expect(order(f.sfu)).toEqual(["111 63", "111 63"]);
    expect(f.core.call.trace()?.sending.redundant).toBe(false);
    expect(f.server.socket.sent("sfu.offer")).toHaveLength(offers);
  });

  it("is left alone where it was not", async () => {
    const f = await answered(answer("111"));
    const set = vi.spyOn(f.sfu, "setRemoteDescription");
    await says(f, { redundancy: 1 });
    expect(set).not.toHaveBeenCalled();
    expect(f.core.call.trace()?.sending.redundant).toBe(false);
  });

  it("is there with the first answer of a connection that is made later", async () => {
    const f = await inCall();
    await says(f, { redundancy: 1 });
    expect(f.core.call.trace()?.sending.redundant).toBe(false);
    answers(f, answer());
    f.sfu.become("disconnected");
    await f.pass(2_100);
    expect(order(f.media.open()[1])).toEqual(["63 111", "63 111"]);
  });

  it("that the browser does not take leaves what there was", async () => {
    const f = await answered(answer());
    const rollback = vi.spyOn(f.sfu, "setLocalDescription");
    vi.spyOn(f.sfu, "setRemoteDescription").mockRejectedValueOnce(new Error("no"));
    await says(f, { redundancy: 1 });
    expect(rollback.mock.lastCall).toEqual([{ type: "rollback" }]);
    expect(order(f.sfu)).toEqual(["111 63", "111 63"]);
    expect(f.state()).toMatchObject({ status: "connected", trouble: null });
  });

  it("and the length of packets go together", async () => {
    const f = await answered(answer());
    const lengths = () => f.sfu.remoteDescription?.sdp.match(/a=ptime:\d+/g);
    expect(lengths()).toBeNull();
    for (const [told, is] of [
      [60, 60],
      [119, 60],
      [500, 120],
      [40, 40],
    ] as const) {
      await says(f, { frameMs: told, redundancy: 1 });
      expect(lengths()).toEqual([`a=ptime:${is}`, `a=ptime:${is}`]);
      expect(order(f.sfu)).toEqual(["63 111", "63 111"]);
    }
    const set = vi.spyOn(f.sfu, "setRemoteDescription");
    await says(f, { frameMs: 40, redundancy: 1 });
    expect(set).not.toHaveBeenCalled();
    await says(f, { frameMs: -1, redundancy: 0 });
    expect(f.sfu.remoteDescription?.sdp).toBe(answer());
  });

  it("does not begin an ICE restart that the server knows nothing of", async () => {
    const f = await answered(answer());
    let ufrag = "old";
    f.sfu.localDescription = { type: "offer", sdp: "a=ice-ufrag:old\r\n" };
    vi.spyOn(f.sfu, "setLocalDescription").mockImplementation(async (description) => {
      if (!description) ufrag = "new";
      if (f.sfu.localDescription) f.sfu.localDescription.sdp = `a=ice-ufrag:${ufrag}\r\n`;
    });
    const set = vi.spyOn(f.sfu, "setRemoteDescription");
    await says(f, { redundancy: 1 });
    expect(set).not.toHaveBeenCalled();
  });
});
