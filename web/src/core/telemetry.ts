import type { Http } from "./http";
import type { Platform } from "./platform";
import type { FailureCode } from "./voice/failure";

/** A page that breaks again and again is counted so often. */
const CRASHES = 5;
const PLACES = 8;

/**
 * Tells the server of this page's session and of its crashes, for the rate of
 * sessions without one, and of failures of voice. Of a crash only its kind and the places in our own
 * scripts go out, never a message: that may hold what people wrote.
 */
export class Telemetry {
  private begun = false;
  private crashes = 0;
  private end: (() => void) | null = null;

  constructor(
    private readonly platform: Platform,
    private readonly http: Http,
  ) {}

  start(): void {
    this.end ??= this.platform.onCrash((reason) => this.crashed(reason));
    if (this.begun) return;
    this.begun = true;
    this.send({ event: "session", meta: { platform: "web" } });
  }

  stop(): void {
    this.end?.();
    this.end = null;
  }

  crashed(reason: unknown): void {
    if (++this.crashes > CRASHES) return;
    const kind = reason instanceof Error ? reason.name.slice(0, 64) : typeof reason;
    const places = reason instanceof Error ? placesOf(reason.stack ?? "") : [];
    this.send({ event: "crash", level: "error", meta: { platform: "web", kind, places } });
  }

  /** Voice has failed, by its class: see voice/failure.ts. */
  voiceFailed(code: FailureCode): void {
    this.send({ event: "voice_failed", level: "warn", meta: { platform: "web", code } });
  }

  private send(body: object): void {
    this.http.post("/v1/telemetry/web", body).catch(() => {
      // A count that is lost is lost: the page works without it.
    });
  }
}

/** index-a1b2.js:1:200 and the like; addresses, queries and names are left out. */
function placesOf(stack: string): string[] {
  const places = stack.matchAll(/\/([\w.-]{1,80}\.(?:js|mjs|ts|tsx))(?:\?[^\s:)]*)?:(\d+):(\d+)/g);
  return [...places].slice(0, PLACES).map(([, file, line, column]) => `${file}:${line}:${column}`);
}
