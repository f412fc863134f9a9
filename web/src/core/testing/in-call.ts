import { expect } from "vitest";
import type { FakePeerConnection } from "./fake-media";
import { fixture } from "./fixture";

/** Signed in and connected, in no voice. */
export async function online() {
  const f = fixture();
  await f.core.start();
  await f.pass(0);
  return { ...f, state: () => f.core.voice.getState() };
}

/** In voice in `general`, with its path up. */
export async function inCall() {
  const f = await online();
  await f.core.call.join("general");
  await f.pass(0);
  const sfu = f.media.connections[0] as FakePeerConnection;
  sfu.become("connected");
  expect(f.state().status).toBe("connected");
  const change = (topology: string, phase: string, epoch: number) =>
    f.server.socket.event("voice.topology", { roomSlug: "general", topology, phase, epoch, reason: "" });
  return { ...f, sfu, change };
}

export type InCall = Awaited<ReturnType<typeof inCall>>;

/** No connection and no microphone is open. */
export function nothingLeft(f: { media: InCall["media"] }) {
  expect(f.media.open()).toHaveLength(0);
  expect(f.media.live()).toHaveLength(0);
}
