import type { Platform } from "../platform";
import type { Scope } from "../scope";
import type { Way } from "./model";

/** How long candidates are gathered. */
export const GATHER_MS = 4_000;

/**
 * Whether other people's browsers are likely to reach this one: what one STUN
 * server can tell, and no more. Whether NAT gives every destination another
 * port would take two to say.
 */
export async function tryDirect(
  platform: Platform,
  { stun, hidden, p2pMax }: { stun: string[]; hidden: boolean; p2pMax: number },
  scope: Scope,
): Promise<Partial<Way>> {
  if (hidden) return { state: "off", note: "hidden" };
  if (p2pMax === 0) return { state: "off", note: "serverOnly" };
  if (stun.length === 0) return { state: "unknown", note: "noStun" };
  const connection = platform.createPeerConnection({ iceServers: [{ urls: stun }] });
  scope.add(() => connection.close());
  const found: RTCIceCandidate[] = [];
  let unanswered = 0;
  const gathered = new Promise<void>((resolve) => {
    connection.onicecandidateerror = () => unanswered++;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate && candidate.candidate !== "") found.push(candidate);
      else if (!candidate) resolve();
    };
    scope.after(GATHER_MS, resolve);
    scope.add(resolve);
  });
  connection.addTransceiver("audio", { direction: "recvonly" });
  await connection.setLocalDescription();
  await gathered;
  const addresses = found.map(({ address, port, type }) => `${address}:${port} ${type}`);
  const mapped = found.filter(({ type }) => type === "srflx");
  if (mapped.length === 0) {
    const hosts = found.filter(({ type }) => type === "host").length;
    // Each address of the machine asks by itself, and one answer is enough.
    if (hosts === 0 || unanswered >= hosts) {
      return { state: "fails", failure: "ice_failed", note: "blocked", addresses };
    }
    return { state: "works", note: "unmapped", addresses };
  }
  // The browser tells the port behind NAT only once the microphone was allowed.
  const kept = mapped.some(({ port, relatedPort }) => port !== null && port === relatedPort);
  return { state: kept ? "works" : "unknown", note: kept ? "unmapped" : "mapped", addresses };
}
