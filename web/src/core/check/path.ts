import type { Speakers } from "../audio/speakers";
import type { Http } from "../http";
import type { Platform } from "../platform";
import type { Scope } from "../scope";
import type { Shapes } from "../wire";
import type { Note, Way } from "./model";
import { read } from "./reading";
import { makeTone } from "./tone";
import { only, type Plan, withCandidates } from "./ways";

type VoiceTest = Shapes["VoiceTest"];

/** How long both connections may take to come up. */
export const CONNECT_MS = 8_000;
/** For how long packets are counted. */
export const MEASURE_MS = 2_500;

export interface PathDeps {
  platform: Platform;
  http: Http;
  speakers: Speakers;
}

type Outcome = "connected" | "failed" | "noRelay" | "refused";

/** Begins a test on the server; it ends with the scope. */
export async function beginTest(http: Http, scope: Scope): Promise<VoiceTest> {
  const test = await http.post<VoiceTest>("/v1/voice/tests");
  // It ends by itself where this does not arrive.
  scope.add(() => void http.delete(`/v1/voice/tests/${test.id}`).catch(() => {}));
  return test;
}

/**
 * Tries one way of media by itself: one connection sends a tone through the
 * server's SFU, the other counts what comes of it. Rejects with a CoreError when
 * the server cannot be asked.
 */
export async function tryPath(deps: PathDeps, { way, url }: Plan, scope: Scope): Promise<Partial<Way>> {
  const { platform, http, speakers } = deps;
  const test = await beginTest(http, scope);
  const config: RTCConfiguration = {
    // Without servers there is nothing but the direct way.
    iceServers: url === null ? [] : only(test.iceServers ?? [], url),
    iceTransportPolicy: url === null ? "all" : "relay",
    bundlePolicy: "max-bundle",
    rtcpMuxPolicy: "require",
  };
  const make = () => {
    const connection = platform.createPeerConnection(config);
    scope.add(() => connection.close());
    return connection;
  };
  const [talker, listener] = [make(), make()];
  const tone = makeTone(speakers);
  scope.add(() => tone.close());
  talker.addTransceiver(tone.track, { direction: "sendonly" });
  listener.addTransceiver("audio", { direction: "recvonly" });

  const begun = platform.clock.now();
  const legs = [talker, listener];
  const outcomes = legs.map((connection) => outcomeOf(connection, url !== null, scope));
  const transport = way.kind === "tcp" ? "tcp" : "udp";
  const offered = await Promise.all(legs.map((leg) => negotiate(http, test.id, leg, transport)));
  if (offered.includes(false)) return { state: "off", note: "notOffered" };
  const failure = url === null ? "ice_failed" : "turn_failed";
  const bad = (await Promise.all(outcomes)).find((outcome) => outcome !== "connected");
  if (bad) return { state: "fails", failure, note: bad === "failed" ? "noAnswer" : bad };

  const connectMs = platform.clock.now() - begun;
  const before = await read(listener);
  await waits(scope, MEASURE_MS);
  const after = await read(listener);
  const { rttMs, candidateType, addresses } = after;
  const figures = { connectMs, rttMs, candidateType, addresses };
  const received = after.received - before.received;
  if (received <= 0) {
    // A page that may not sound sends nothing: that says nothing of the way.
    if (!tone.sounds()) return { ...figures, state: "fails", failure: "autoplay_blocked", note: null };
    return { ...figures, state: "fails", failure, note: "noSound" };
  }
  const lost = Math.max(0, after.lost - before.lost);
  return { ...figures, state: "works", lossPct: (100 * lost) / (lost + received) };
}

/** Offers a connection to the test; false: the server has no candidate of this transport. */
async function negotiate(
  http: Http,
  testId: string,
  connection: RTCPeerConnection,
  transport: "udp" | "tcp",
): Promise<boolean> {
  await connection.setLocalDescription();
  const { sdp } = await http.post<{ sdp: string }>(`/v1/voice/tests/${testId}/offer`, {
    sdp: connection.localDescription?.sdp ?? "",
  });
  const answer = withCandidates(sdp, transport);
  if (answer === null) return false;
  await connection.setRemoteDescription({ type: "answer", sdp: answer });
  return true;
}

/** What becomes of a connection that is about to be negotiated. */
function outcomeOf(connection: RTCPeerConnection, relayed: boolean, scope: Scope): Promise<Outcome> {
  return new Promise((resolve) => {
    let relays = 0;
    let refused = false;
    connection.onicecandidateerror = ({ errorCode }) => {
      // From 300 on it is the server's own word (RFC 8656); 701 is the browser's for no answer.
      if (errorCode >= 300 && errorCode < 700) refused = true;
    };
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) relays++;
      else if (relayed && relays === 0) resolve(refused ? "refused" : "noRelay");
    };
    connection.onconnectionstatechange = () => {
      const { connectionState } = connection;
      if (connectionState === "connected" || connectionState === "failed") resolve(connectionState);
    };
    const late = (): Extract<Note, Outcome> | "failed" =>
      relayed && relays === 0 ? (refused ? "refused" : "noRelay") : "failed";
    scope.after(CONNECT_MS, () => resolve(late()));
    scope.add(() => resolve("failed"));
  });
}

/** Passes with the time, and with the end of the scope. */
export function waits(scope: Scope, ms: number): Promise<void> {
  return new Promise((resolve) => {
    scope.after(ms, resolve);
    scope.add(resolve);
  });
}
