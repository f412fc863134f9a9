import { asCoreError, type Http } from "../http";
import type { Clock } from "../platform";
import type { Connection } from "../realtime/connection";
import { failureOf } from "../voice/failure";
import type { Way } from "./model";

const PINGS = 3;
const PING_MS = 5_000;

/** The WebSocket's round trip, or what stands against it. */
export async function trySignalling(clock: Clock, connection: Connection, http: Http): Promise<Partial<Way>> {
  try {
    let rttMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < PINGS; i++) {
      const sent = clock.now();
      await connection.request("ping", {}, { timeoutMs: PING_MS });
      rttMs = Math.min(rttMs, clock.now() - sent);
    }
    return { state: "works", rttMs };
  } catch (reason) {
    const error = asCoreError(reason);
    if (error.code === "RateLimited") return { state: "unknown" };
  }
  try {
    await http.get("/v1/auth/ws-ticket");
  } catch (reason) {
    return { state: "fails", failure: failureOf(asCoreError(reason)) ?? "unknown" };
  }
  // The server answers, and the WebSocket is what does not come up.
  return { state: "fails", failure: "signalling_network", note: "noSocket" };
}
