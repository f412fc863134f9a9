import { asCoreError } from "../http";
import { CoreError } from "../model";
import type { Connection } from "../realtime/connection";
import type { Scope } from "../scope";

/** From the ack of voice.join to voice.joined; and for a connection that is on its way. */
const ANSWER_MS = 8_000;

/** One voice.join, from the wish to voice.joined. */
interface Attempt {
  scope: Scope;
  /** true: the server has let us in; false: another attempt took this one's place. The first word counts. */
  settle(outcome: boolean | CoreError): void;
}

/**
 * The way into a room's voice. There is one attempt at a time: a later one ends
 * the one before it, whose answer, should it still come, is nobody's. On the
 * server each takes the place of the one before, so that the latest holds there too.
 */
export class Entry {
  private latest: Attempt | null = null;
  private outcome: Promise<boolean> = Promise.resolve(true);
  /** Those that were sent and not answered yet, in the order in which they are answered. */
  private sent: Attempt[] = [];

  constructor(
    private readonly scope: Scope,
    private readonly connection: Connection,
  ) {
    scope.add(() => this.latest?.settle(new CoreError("ServerUnreachable", "left before we were in")));
    // What was not answered by then is asked for again; what is replayed is taken as it is.
    scope.add(
      connection.lifecycle.on("down", () => {
        this.sent = [];
      }),
    );
  }

  /**
   * Joins with what `payload` says when it is sent. true: we are in; false: a
   * later attempt has taken this one's place. Rejects with what stood against it.
   */
  begin(payload: () => object): Promise<boolean> {
    this.latest?.settle(false);
    this.outcome = new Promise<boolean>((resolve, reject) => {
      const scope = this.scope.child();
      const attempt: Attempt = {
        scope,
        settle: (outcome) => {
          if (this.latest === attempt) this.latest = null;
          scope.close();
          if (outcome instanceof CoreError) reject(outcome);
          else resolve(outcome);
        },
      };
      this.latest = attempt;
      void this.ask(attempt, payload);
    });
    return this.outcome;
  }

  /** What became of the latest attempt, when that is known: resolves once we are in. */
  async follow(): Promise<void> {
    while (!(await this.outcome));
  }

  /** voice.joined has come; false: it answers an attempt that is over, and that of the latest follows. */
  answered(): boolean {
    const first = this.sent.shift();
    if (first && this.latest && first !== this.latest) return false;
    this.latest?.settle(true);
    return true;
  }

  private async ask(attempt: Attempt, payload: () => object): Promise<void> {
    try {
      await this.online(attempt.scope);
      if (attempt.scope.closed) return;
      this.sent.push(attempt);
      await this.connection.request("voice.join", payload());
      attempt.scope.after(ANSWER_MS, () =>
        attempt.settle(new CoreError("ServerUnreachable", "the server did not let us in in time")),
      );
    } catch (reason) {
      this.sent = this.sent.filter((one) => one !== attempt);
      attempt.settle(asCoreError(reason));
    }
  }

  /** Waits for a connection that is on its way: who clicks as soon as there is a button means it. */
  private async online(scope: Scope): Promise<void> {
    const { connection } = this;
    const { status } = connection.store.getState();
    if (connection.isOnline || (status !== "connecting" && status !== "reconnecting")) return;
    await new Promise<void>((done) => {
      scope.add(connection.lifecycle.on("ready", () => done()));
      scope.after(ANSWER_MS, done);
      scope.add(done);
    });
  }
}
