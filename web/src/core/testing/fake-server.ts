import type { Message } from "../model";
import { FakeSocket } from "./fake-socket";

type Handler = (
  socket: FakeSocket,
  request: { type: string; requestId?: string; payload: Record<string, unknown> },
) => void;

export const self = { id: "b-self", name: "Self", role: "member", createdAt: "2026-01-01T00:00:00.000Z" };

/** A server of one user that speaks the contract over FakeSockets and fetch. */
export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  /** Stored messages by room slug. */
  readonly messages: Record<string, Message[]> = { general: [] };
  readonly fetched: string[] = [];
  /** Bodies of POST /v1/telemetry/web. */
  readonly telemetry: string[] = [];
  /** What POST /v1/voice/tests answers; a code: it is refused with that. */
  voiceTest: { iceServers: object[]; p2pMax: number } | { error: string; status: number } = {
    iceServers: [],
    p2pMax: 2,
  };
  /** What a test's offer is answered with. */
  voiceTestSdp = "v=0\r\na=candidate:1 1 udp 1 10.0.0.1 7882 typ host\r\n";
  /** Tests that were begun and not ended. */
  readonly voiceTests = new Set<string>();
  reachable = true;
  /** What is asked of it is answered once it goes on; see `handlers` for what is asked by a socket. */
  stalled = false;
  signedIn = true;
  /** Replaces how one type of request is answered. */
  readonly handlers: Record<string, Handler> = {};
  autoReady = true;
  voiceEpoch = 0;
  private byKey = new Map<string, { message: Message; requestId: string }>();

  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error("no socket was opened");
    return last;
  }

  readonly fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    this.fetched.push(path);
    if (!this.reachable) throw new TypeError("network");
    while (this.stalled) await new Promise((done) => setTimeout(done, 50));
    const [route, query] = path.split("?");
    const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status });
    if (route === "/v1/auth/mode")
      return json({ mode: "local", registration: "open", guests: "off", providers: [] });
    if (!this.signedIn) return json({ error: "Unauthorized", message: "sign in" }, 401);
    if (route === "/v1/auth/me") return json({ user: self });
    if (route === "/v1/auth/ws-ticket") return json({ ticket: `t${this.sockets.length}`, expiresInSec: 45 });
    if (route === "/v1/rooms/tree") return json({ categories: [], uncategorized: [] });
    if (route === "/version") return json({ version: "1.2.3", commit: "", builtAt: "" });
    if (route?.startsWith("/v1/voice/tests")) return this.test(route, init?.method ?? "GET", json);
    if (route === "/v1/telemetry/web") {
      this.telemetry.push(String(init?.body));
      return json({ ok: true });
    }
    const gone = new URLSearchParams(query).get("beforeId");
    const slug = route?.match(/^\/v1\/rooms\/([^/]+)\/messages$/)?.[1];
    if (slug && gone && !this.messages[slug]?.some((m) => m.id === gone))
      return json({ error: "MessageNotFound", message: "there is no such message" }, 404);
    if (slug) return json(this.history(slug, new URLSearchParams(query)));
    return json({ error: "RoomNotFound", message: path }, 404);
  };

  readonly openSocket = (path: string): FakeSocket => {
    const socket = new FakeSocket(path, (to, request) => this.answer(to, request));
    this.sockets.push(socket);
    if (this.reachable && this.autoReady && !this.stalled) queueMicrotask(() => this.ready(socket));
    return socket;
  };

  ready(socket: FakeSocket): void {
    const sessionId = `s${this.sockets.length}`;
    socket.event("server.ready", {
      userId: self.id,
      userName: self.name,
      connectedAt: "2026-01-01T00:00:00.000Z",
      sessionId,
      heartbeatSec: 10,
      resumeWindowSec: 30,
    });
  }

  /** Stores a message of somebody else's, without telling anybody. */
  store(slug: string, text: string, userId = "a-other"): Message {
    this.messages[slug] ??= [];
    const roomSeq = this.messages[slug].length + 1;
    const message: Message = {
      id: `m-${slug}-${roomSeq}`,
      roomId: slug,
      roomSeq,
      userId,
      userName: userId,
      text,
      replyTo: null,
      createdAt: new Date(1_767_225_600_000 + roomSeq * 1000).toISOString(),
      editedAt: null,
      deletedAt: null,
      reactions: [],
    };
    this.messages[slug].push(message);
    return message;
  }

  announce(slug: string, message: Message, senderRequestId = ""): void {
    this.socket.event("chat.message", { ...message, roomSlug: slug, senderRequestId });
  }

  private test(route: string, method: string, json: (body: object, status?: number) => Response): Response {
    const { voiceTest } = this;
    if ("error" in voiceTest) return json({ error: voiceTest.error, message: "no" }, voiceTest.status);
    const [, , , , id, offer] = route.split("/");
    if (!id) {
      const made = `test-${this.fetched.length}`;
      this.voiceTests.add(made);
      return json({ id: made, expiresInSec: 30, ...voiceTest }, 201);
    }
    if (!this.voiceTests.has(id)) return json({ error: "NotFound", message: "it is over" }, 404);
    if (offer) return json({ sdp: this.voiceTestSdp });
    this.voiceTests.delete(id);
    return json({ ok: method === "DELETE" });
  }

  private history(slug: string, query: URLSearchParams): object {
    const all = this.messages[slug] ?? [];
    const limit = Number(query.get("limit"));
    const afterSeq = query.get("afterSeq");
    const before = all.find((m) => m.id === query.get("beforeId"))?.createdAt ?? query.get("beforeCreatedAt");
    const matching = afterSeq
      ? all.filter((m) => m.roomSeq > Number(afterSeq))
      : all.filter((m) => !before || m.createdAt < before).toReversed();
    const messages = matching.slice(0, limit);
    const hasMore = matching.length > limit;
    const last = messages.at(-1);
    const nextCursor = hasMore && last ? { beforeCreatedAt: last.createdAt, beforeId: last.id } : null;
    return { room: {}, messages, pagination: { hasMore, nextCursor } };
  }

  private answer(socket: FakeSocket, request: Parameters<Handler>[1] & { idempotencyKey?: string }): void {
    const handler = this.handlers[request.type];
    if (handler) {
      handler(socket, request);
      return;
    }
    const { payload } = request;
    switch (request.type) {
      case "ping":
        socket.say({ type: "pong", payload: { ts: 0 } });
        socket.ack(request);
        return;
      case "chat.send":
        this.send(socket, request);
        return;
      case "voice.join":
        socket.ack(request);
        this.voiceJoined(socket, String(payload.roomSlug));
        return;
      case "sfu.offer":
        socket.ack(request);
        socket.event("sfu.answer", { epoch: payload.epoch, sdp: "answer" });
        return;
      default:
        socket.ack(request);
    }
  }

  voiceJoined(socket: FakeSocket, roomSlug: string): void {
    socket.event("voice.joined", {
      roomId: roomSlug,
      roomSlug,
      topology: "sfu",
      epoch: ++this.voiceEpoch,
      iceServers: [],
      iceTransportPolicy: "all",
      csrc: 7,
      sfu: { audioSlots: 4 },
      participants: [{ userId: "a-other", userName: "Other", csrc: 9, muted: false, deafened: false }],
    });
  }

  private send(socket: FakeSocket, request: Parameters<Handler>[1] & { idempotencyKey?: string }): void {
    const key = request.idempotencyKey ?? "";
    const before = this.byKey.get(key);
    const stored = before ?? {
      message: this.store("general", String(request.payload.text), self.id),
      requestId: request.requestId ?? "",
    };
    this.byKey.set(key, stored);
    this.announce("general", stored.message, stored.requestId);
    socket.ack(request, {
      messageId: stored.message.id,
      idempotencyKey: key,
      ...(before ? { duplicate: true } : {}),
    });
  }
}
