import type { SocketLike } from "../platform";

interface Request {
  type: string;
  requestId?: string;
  idempotencyKey?: string;
  payload: Record<string, unknown>;
}

/** The server's end of one WebSocket: what the client sent, and what to send it. */
export class FakeSocket implements SocketLike {
  readyState = 0;
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  readonly requests: Request[] = [];
  closedByClient = false;
  private seq = 0;

  constructor(
    readonly path: string,
    private readonly onRequest: (socket: FakeSocket, request: Request) => void,
  ) {}

  get query(): URLSearchParams {
    return new URLSearchParams(this.path.split("?")[1]);
  }

  send(text: string): void {
    const request = JSON.parse(text) as Request;
    this.requests.push(request);
    this.onRequest(this, request);
  }

  close(): void {
    this.closedByClient = true;
  }

  /** All requests of one type, oldest first. */
  sent(type: string): Request[] {
    return this.requests.filter((request) => request.type === type);
  }

  /** An event with the next seq. */
  event(type: string, payload: object, seq = ++this.seq): void {
    this.seq = seq;
    this.say({ type, payload, seq });
  }

  ack(request: Request, meta: object = {}): void {
    const { requestId, type } = request;
    if (requestId) this.say({ type: "ack", payload: { requestId, eventType: type, ts: 0, ...meta } });
  }

  nack(request: Request, code: string, more: object = {}): void {
    const { requestId, type } = request;
    this.say({ type: "nack", payload: { requestId, eventType: type, code, message: code, ts: 0, ...more } });
  }

  /** An envelope without a seq. */
  say(envelope: object): void {
    this.onmessage?.({ data: JSON.stringify(envelope) });
  }

  /** The network or the server ends the socket. */
  drop(code = 1006): void {
    this.onclose?.({ code, reason: "" });
  }
}
