import { CoreError } from "./model";
import type { Platform } from "./platform";

interface ErrorBody {
  error?: unknown;
  message?: unknown;
  issues?: unknown;
}

/** How long an HTTP call may take before it counts as unreachable. */
const TIMEOUT_MS = 15_000;

/**
 * Calls the server's HTTP API on the page's own origin; the session is the
 * browser's cookie. Every failure is a CoreError: the contract's code, or
 * ServerUnreachable when there was no answer of ours.
 */
export class Http {
  constructor(private readonly platform: Platform) {}

  get<T>(path: string): Promise<T> {
    return this.call<T>("GET", path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.call<T>("POST", path, body);
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.call<T>("PATCH", path, body);
  }

  delete<T>(path: string): Promise<T> {
    return this.call<T>("DELETE", path);
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const abort = new AbortController();
    const cancelTimeout = this.platform.clock.after(TIMEOUT_MS, () => abort.abort());
    try {
      const answer = await this.send(method, path, body, abort.signal);
      const text = await this.read(answer);
      const json = parse(text);
      if (!answer.ok) throw refusal(answer, json);
      if (json === undefined && text !== "") {
        throw new CoreError("ServerUnreachable", "the answer is not the server's");
      }
      return json as T;
    } finally {
      cancelTimeout();
    }
  }

  private async send(method: string, path: string, body: unknown, signal: AbortSignal): Promise<Response> {
    const init: RequestInit = { method, credentials: "same-origin", cache: "no-store", signal };
    if (body !== undefined) {
      init.headers = { "Content-Type": "application/json" };
      init.body = JSON.stringify(body);
    }
    try {
      return await this.platform.fetch(path, init);
    } catch {
      throw new CoreError("ServerUnreachable", "no answer from the server");
    }
  }

  private async read(answer: Response): Promise<string> {
    try {
      return await answer.text();
    } catch {
      throw new CoreError("ServerUnreachable", "the server's answer broke off");
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(answer: Response, json: unknown): CoreError {
  const body = (json ?? {}) as ErrorBody;
  if (typeof body.error !== "string") {
    // Not our server's words: a proxy in front of a server that is away.
    const code = answer.status >= 502 && answer.status <= 504 ? "ServerUnreachable" : "Internal";
    return new CoreError(code, `HTTP ${answer.status}`);
  }
  const seconds = Number(answer.headers.get("Retry-After"));
  return new CoreError(
    body.error,
    typeof body.message === "string" ? body.message : body.error,
    Array.isArray(body.issues) ? (body.issues as { field: string; message: string }[]) : [],
    Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
  );
}

/** Makes a CoreError of whatever was thrown. */
export function asCoreError(reason: unknown): CoreError {
  if (reason instanceof CoreError) return reason;
  return new CoreError("Unknown", reason instanceof Error ? reason.message : String(reason));
}
