import type { Scope } from "../scope";
import { spreadMs } from "./backoff";

/** A server that answers nothing for so long is taken for gone. */
const STANDSTILL_MS = 3_000;
/** A server that has just gone on gives a ticket and answers on the old socket in no certain order. */
const GRACE_MS = 250;

export interface SpareDeps {
  random(): number;
  /** Asks the server for a ticket. */
  ticket(): Promise<string>;
  /** The socket in doubt is to be let go: for another one with this ticket, or, with null, until the server can be reached again. */
  replace(ticket: string | null): void;
}

/**
 * What is done about a socket whose server does not answer: a ticket for another
 * one is asked for beside it. A server that gives it while the socket stays
 * silent is there, and the socket is dead. One that gives none stands still,
 * and so does everything of it: the socket is kept for a while, since its
 * answers merely come late, and since all clients would come at once.
 */
export class Spare {
  constructor(
    private readonly scope: Scope,
    tries: number,
    private readonly deps: SpareDeps,
  ) {
    scope.after(STANDSTILL_MS, () => this.replace(null));
    scope.after(spreadMs(tries, deps.random), () => void this.ask());
  }

  /** The socket has answered. */
  close(): void {
    this.scope.close();
  }

  private async ask(): Promise<void> {
    let ticket: string;
    try {
      ticket = await this.deps.ticket();
    } catch {
      return; // whoever takes the socket's place learns why
    }
    this.scope.after(GRACE_MS, () => this.replace(ticket));
  }

  private replace(ticket: string | null): void {
    if (this.scope.closed) return;
    this.scope.close();
    this.deps.replace(ticket);
  }
}
