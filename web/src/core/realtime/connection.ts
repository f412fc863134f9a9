import { createStore } from "zustand/vanilla";
import { Emitter } from "../emitter";
import { asCoreError, type Http } from "../http";
import { type ConnectionState, CoreError } from "../model";
import type { Platform, SocketLike } from "../platform";
import { Scope } from "../scope";
import { type Ack, Close, type Events, type EventType } from "../wire";
import { backoffMs, spreadMs } from "./backoff";
import { type Answer, Heartbeat } from "./heartbeat";
import { Requests } from "./requests";
import { Spare } from "./spare";

const REQUEST_TIMEOUT_MS = 10_000;
/** From asking for a ticket to the server's first word, at the first attempt; at each further one by as much longer, up to a bound. */
const ATTEMPT_MS = 5_000;
const ATTEMPT_UP_TO_MS = 20_000;
/** Only a connection that lasted this long makes the next backoff start anew. */
const SETTLED_MS = 10_000;
/** The least wait after the server said that this client is too fast. */
const RATE_LIMITED_MS = 5_000;

/** A server that drains says so and is back soon: for so long it is asked often. */
const DRAINED_MS = 60_000;
const OFTEN_CAP_MS = 2_000;
/** For so long after a loss it is asked as often where somebody is in a call. */
const URGENT_MS = 60_000;

interface Lifecycle {
  /** Online. resumed: the server still has our room and voice; otherwise both must be joined again. */
  ready: { resumed: boolean };
  /** The network was away and is back, perhaps as another one; `down` and `ready` follow. */
  renewed: undefined;
  /** The connection is gone; attempts to get it back are under way, or it was stopped. */
  down: undefined;
  /** The server ended it for good: Unauthorized, Kicked, Banned or SessionReplaced. */
  refused: CoreError;
}

interface Envelope {
  type?: unknown;
  payload?: unknown;
  seq?: unknown;
}

/**
 * The one WebSocket to the server: ticket, handshake, heartbeat, sequence
 * check and reconnecting with backoff. Events come out of `events` in the
 * server's order, once each.
 */
export class Connection {
  readonly store = createStore<ConnectionState>(() => ({ status: "idle", retryAt: null, attempt: 0 }));
  readonly events = new Emitter<Events>();
  readonly lifecycle = new Emitter<Lifecycle>();
  /** The user this connection speaks for; set by server.ready. */
  userId: string | null = null;

  private readonly requests: Requests;
  private life: Scope | null = null;
  private attemptScope: Scope | null = null;
  private socket: SocketLike | null = null;
  private heartbeat: Heartbeat | null = null;
  private online = false;
  private attempt = 0;
  private drainedAt = Number.NEGATIVE_INFINITY;
  private lostAt = Number.NEGATIVE_INFINITY;
  private urgencies = 0;
  private sessionId: string | null = null;
  private lastSeq = 0;
  private nextRequest = 1;
  private readonly requestPrefix: string;

  constructor(
    private readonly platform: Platform,
    private readonly http: Http,
  ) {
    this.requests = new Requests(platform.clock);
    // The server may echo a request's id to others (senderRequestId), so ids differ between clients.
    this.requestPrefix = Math.floor(platform.random() * 36 ** 8).toString(36);
  }

  get isOnline(): boolean {
    return this.online;
  }

  /** Connects and stays connected until `stop`. */
  start(): void {
    if (this.life) return;
    this.life = new Scope(this.platform.clock);
    this.life.add(this.platform.onWake((renewed) => this.wake(renewed)));
    this.attempt = 0;
    void this.connect();
  }

  /** Ends the connection; the next `start` begins a new session. */
  stop(error: CoreError | null = null): void {
    if (!this.life) return;
    this.life.close();
    this.life = null;
    this.sessionId = null;
    this.lastSeq = 0;
    this.wentDown();
    this.store.setState({ status: "stopped", retryAt: null, attempt: 0, error });
    if (error) this.lifecycle.emit("refused", error);
  }

  /**
   * Sends a request and resolves with its ack. Rejects with the nack's code,
   * or with ServerUnreachable when there is no connection, it breaks or the
   * answer takes longer than `timeoutMs`.
   */
  request(
    type: string,
    payload: object,
    options: { idempotencyKey?: string; timeoutMs?: number; onSent?: (requestId: string) => void } = {},
  ): Promise<Ack> {
    if (!this.online || !this.socket) {
      return Promise.reject(new CoreError("ServerUnreachable", "not connected"));
    }
    const requestId = `${this.requestPrefix}-${this.nextRequest++}`;
    const answer = this.requests.wait(requestId, options.timeoutMs ?? REQUEST_TIMEOUT_MS);
    options.onSent?.(requestId);
    this.write({ type, requestId, idempotencyKey: options.idempotencyKey, payload });
    return answer;
  }

  /** Sends what needs no answer; lost when there is no connection. */
  notify(type: string, payload: object): void {
    if (this.online) this.write({ type, payload });
  }

  /** How long the latest ping took; 0 before the first and without a connection. */
  get roundTripMs(): number {
    return this.heartbeat?.roundTripMs ?? 0;
  }

  /** Says that somebody waits for this connection when it is lost, until the returned end. */
  hurry(): () => void {
    this.urgencies++;
    let over = false;
    return () => {
      if (!over) this.urgencies--;
      over = true;
    };
  }

  /** Whether the server can be told: it is not while there is doubt that it hears us. */
  get isHeard(): boolean {
    return this.online && !this.heartbeat?.doubted;
  }

  /**
   * Something says that the network is not what it was: asks the server at once
   * whether it is there, and lets a socket go soon that is silent while the
   * server is not. lost: there is no connection.
   */
  doubt(): Promise<Answer> {
    return this.heartbeat?.doubt() ?? Promise.resolve("lost");
  }

  /** Connects; with a ticket that is there already, or else with one that it asks for. */
  private async connect(ready?: string): Promise<void> {
    if (!this.life) return;
    const scope = this.life.child();
    this.attemptScope = scope;
    // A request on a network that was dead when it began comes too late.
    const patience = Math.min(ATTEMPT_MS * Math.max(1, this.attempt), ATTEMPT_UP_TO_MS);
    scope.after(patience, () => {
      if (!this.online) this.lost(0);
    });
    const status = this.attempt === 0 && !this.sessionId ? "connecting" : "reconnecting";
    this.store.setState({ status, retryAt: null, attempt: this.attempt, error: null });
    if (ready !== undefined) {
      this.open(ready, scope);
      return;
    }
    let ticket: string;
    try {
      ticket = await this.ticket();
    } catch (reason) {
      if (scope.closed) return;
      const error = asCoreError(reason);
      if (error.code === "Unauthorized" || error.code === "Forbidden") this.stop(error);
      else this.retry(error.retryAfterMs ?? 0);
      return;
    }
    if (!scope.closed) this.open(ticket, scope);
  }

  private async ticket(): Promise<string> {
    return (await this.http.get<{ ticket: string }>("/v1/auth/ws-ticket")).ticket;
  }

  private open(ticket: string, scope: Scope): void {
    const query = new URLSearchParams({ ticket });
    if (this.sessionId) {
      query.set("resume", this.sessionId);
      query.set("after", String(this.lastSeq));
    }
    const socket = this.platform.openSocket(`/v1/realtime/ws?${query}`);
    this.socket = socket;
    scope.add(() => {
      // A socket on a dead network takes its time to close: it is let go at once.
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
    });
    socket.onmessage = (event) => this.receive(event.data, scope);
    socket.onclose = (event) => this.lost(event.code);
  }

  private receive(data: unknown, scope: Scope): void {
    let envelope: Envelope;
    try {
      envelope = JSON.parse(String(data)) as Envelope;
    } catch {
      return;
    }
    const payload = (envelope.payload ?? {}) as never;
    switch (envelope.type) {
      case "ack":
        this.requests.ack(payload);
        return;
      case "nack":
        this.requests.nack(payload);
        return;
      case "pong":
        this.heartbeat?.answered();
        return;
      case "error":
        return; // the close that follows carries what matters
      case "server.ready":
        this.opened(payload, typeof envelope.seq === "number" ? envelope.seq : 1, scope);
        return;
      case "server.resumed":
        this.resumed(payload, scope);
        return;
    }
    if (typeof envelope.type !== "string" || !this.online) return;
    if (typeof envelope.seq === "number") {
      if (envelope.seq <= this.lastSeq) return; // heard before
      if (envelope.seq !== this.lastSeq + 1) {
        this.lost(0); // something is missing: resuming brings it
        return;
      }
      this.lastSeq = envelope.seq;
    }
    this.events.emit(envelope.type as EventType, payload);
  }

  private opened(ready: Events["server.ready"], seq: number, scope: Scope): void {
    this.sessionId = ready.sessionId;
    this.userId = ready.userId;
    this.lastSeq = seq;
    this.cameUp(ready.heartbeatSec, scope);
    this.events.emit("server.ready", ready);
    this.lifecycle.emit("ready", { resumed: false });
  }

  private resumed(resumed: Events["server.resumed"], scope: Scope): void {
    this.sessionId = resumed.sessionId;
    this.cameUp(this.heartbeatSec, scope);
    this.events.emit("server.resumed", resumed);
    this.lifecycle.emit("ready", { resumed: true });
  }

  private heartbeatSec = 15;

  private cameUp(heartbeatSec: number, scope: Scope): void {
    this.heartbeatSec = heartbeatSec > 0 ? heartbeatSec : this.heartbeatSec;
    this.online = true;
    let spare: Spare | null = null;
    this.heartbeat = new Heartbeat(scope, this.heartbeatSec * 1000, {
      now: this.platform.clock.now,
      ping: () => this.write({ type: "ping", payload: { seq: this.lastSeq } }),
      overdue: () => {
        spare = new Spare(scope.child(), this.attempt, {
          random: this.platform.random,
          ticket: () => this.ticket(),
          replace: (ticket) => this.replace(ticket),
        });
      },
      returned: () => spare?.close(),
      lost: () => this.lost(0, spreadMs(this.attempt, this.platform.random)),
    });
    scope.after(SETTLED_MS, () => {
      this.attempt = 0;
    });
    this.store.setState({ status: "online", retryAt: null, attempt: 0, error: null });
  }

  /** The socket in doubt is dead, or the server is: see Spare. */
  private replace(ticket: string | null): void {
    if (ticket === null) {
      this.lost(0);
      return;
    }
    this.attemptScope?.close();
    this.wentDown();
    this.attempt++;
    void this.connect(ticket);
  }

  /**
   * The socket is gone; given: its close code, and, where it stood until we let
   * it go, when the server may be there at once, how soon to come again, ms.
   */
  private lost(code: number, soonMs?: number): void {
    this.attemptScope?.close();
    switch (code) {
      case Close.kicked:
        this.stop(new CoreError("Kicked", "disconnected by a moderator"));
        return;
      case Close.banned:
        this.stop(new CoreError("Banned", "banned from this server"));
        return;
      case Close.sessionReplaced:
        // Too many of this user's at once: to come back would throw out the next one.
        this.stop(new CoreError("SessionReplaced", "the app was opened in too many places"));
        return;
    }
    if (code === Close.goingAway) this.drainedAt = this.platform.clock.now();
    this.wentDown();
    if (soonMs !== undefined && this.attempt === 0) {
      this.attempt++;
      this.again(soonMs);
    } else this.retry(code === Close.rateLimited ? RATE_LIMITED_MS : 0);
  }

  private wentDown(): void {
    const wasOnline = this.online;
    this.online = false;
    this.socket = null;
    this.heartbeat = null;
    this.requests.rejectAll();
    if (wasOnline) {
      this.lostAt = this.platform.clock.now();
      this.lifecycle.emit("down", undefined);
    }
  }

  private retry(leastMs: number): void {
    if (!this.life) return;
    this.attemptScope?.close();
    this.attempt++;
    const now = this.platform.clock.now();
    const urgent = this.urgencies > 0 && now - this.lostAt < URGENT_MS;
    const often = urgent || now - this.drainedAt < DRAINED_MS;
    const backoff = backoffMs(this.attempt, this.platform.random, often ? OFTEN_CAP_MS : undefined);
    this.again(Math.max(leastMs, backoff));
  }

  private again(wait: number): void {
    if (!this.life) return;
    if (wait === 0) {
      this.attemptNow();
      return;
    }
    const scope = this.life.child();
    this.attemptScope = scope;
    this.store.setState({
      status: "reconnecting",
      retryAt: this.platform.clock.now() + wait,
      attempt: this.attempt,
    });
    scope.after(wait, () => this.attemptNow());
  }

  private attemptNow(): void {
    this.attemptScope?.close();
    void this.connect();
  }

  /** The network or the page has come back: find out at once how things are. */
  private wake(renewed: boolean): void {
    if (this.online && renewed) {
      // A socket of a network that went away says nothing for minutes.
      this.lifecycle.emit("renewed", undefined);
      this.lost(0, 0);
    } else if (this.online) this.heartbeat?.probe();
    else if (this.store.getState().retryAt !== null) this.attemptNow();
  }

  private write(envelope: object): void {
    this.socket?.send(JSON.stringify(envelope));
  }
}
