import { CoreError } from "../model";
import type { Clock } from "../platform";
import type { Ack } from "../wire";

interface Waiting {
  resolve(ack: Ack): void;
  reject(error: CoreError): void;
  cancelTimeout(): void;
}

interface Nack {
  requestId: string;
  code: string;
  message: string;
  retryAfterMs?: number;
  issues?: { field: string; message: string }[];
}

/** The requests that wait for their ack or nack on one socket. */
export class Requests {
  private readonly waiting = new Map<string, Waiting>();

  constructor(private readonly clock: Clock) {}

  /** Settles with the ack, or rejects with the nack's code or, after `timeoutMs`, ServerUnreachable. */
  wait(requestId: string, timeoutMs: number): Promise<Ack> {
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.clock.after(timeoutMs, () => {
        this.waiting.delete(requestId);
        reject(new CoreError("ServerUnreachable", "the server did not answer in time"));
      });
      this.waiting.set(requestId, { resolve, reject, cancelTimeout });
    });
  }

  ack(ack: Ack): void {
    this.take(ack.requestId)?.resolve(ack);
  }

  nack(nack: Nack): void {
    this.take(nack.requestId)?.reject(
      new CoreError(nack.code, nack.message, nack.issues ?? [], nack.retryAfterMs),
    );
  }

  /** The socket is gone: nothing that waits will be answered. */
  rejectAll(): void {
    for (const id of [...this.waiting.keys()]) {
      this.take(id)?.reject(new CoreError("ServerUnreachable", "the connection was lost"));
    }
  }

  private take(requestId: string): Waiting | undefined {
    const waiting = this.waiting.get(requestId);
    if (!waiting) return undefined;
    this.waiting.delete(requestId);
    waiting.cancelTimeout();
    return waiting;
  }
}
