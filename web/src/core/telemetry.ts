import { asCoreError, type Http } from "./http";
import type { Platform } from "./platform";
import type { FailureCode } from "./voice/failure";

/** A page that breaks again and again is counted so often. */
const CRASHES = 5;
const PLACES = 8;
/** What calls tell of their paths is counted so often in a page's life. */
const INCIDENTS = 500;
/** So many wait for a network that is away. */
const WAITING = 32;

/** What a call tells of its path: a step of a repair, or sound that goes one way only. */
export type Incident = "voice_repair" | "one_way_audio";

/**
 * Tells the server of this page's session and of its crashes, for the rate of
 * sessions without one, and of failures of voice. Of a crash only its kind and the places in our own
 * scripts go out, never a message: that may hold what people wrote.
 */
export class Telemetry {
  private begun = false;
  private crashes = 0;
  private incidents = 0;
  private waiting: { event: Incident; meta: object }[] = [];
  private flushing = false;
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

  /** Counts what has befallen a call; when the server cannot be told, the next time that it can. */
  incident(event: Incident, meta: object): void {
    if (++this.incidents > INCIDENTS) return;
    this.waiting = [...this.waiting, { event, meta }].slice(-WAITING);
    void this.flush();
  }

  /** The server can be told again. */
  async flush(): Promise<void> {
    if (this.flushing) return;
    this.flushing = true;
    try {
      for (let next = this.waiting[0]; next; next = this.waiting[0]) {
        try {
          await this.http.post("/v1/telemetry/web", next);
        } catch (reason) {
          if (asCoreError(reason).code === "ServerUnreachable") return; // kept for the next time
        }
        this.waiting = this.waiting.filter((one) => one !== next);
      }
    } finally {
      this.flushing = false;
    }
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
