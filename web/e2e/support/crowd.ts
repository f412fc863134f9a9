import { type Browser, chromium, type Page } from "@playwright/test";
import { chromiumPath } from "./person";
import type { Server } from "./server";

interface Ack {
  messageId?: string;
}

/** One who takes part through the API alone. */
export class Member {
  constructor(
    readonly id: string,
    readonly name: string,
    private readonly token: string,
    private readonly url: string,
    private readonly page: Page,
  ) {}

  /** An HTTP call as this member; fails on anything but success. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return call<T>(this.url, method, path, body, this.token);
  }

  /** Opens the WebSocket. */
  async comesOnline(): Promise<void> {
    const { ticket } = await this.call<{ ticket: string }>("GET", "/v1/auth/ws-ticket");
    await this.page.evaluate(([id, t]) => window.crowd.open(id, t), [this.id, ticket] as const);
  }

  /** Sends requests one after another, each after the answer to the one before, and returns their acks. */
  async asks(...requests: { type: string; payload: object }[]): Promise<Ack[]> {
    return this.page.evaluate(([id, all]) => window.crowd.ask(id, all), [this.id, requests] as const);
  }

  async enters(room: string): Promise<void> {
    await this.asks({ type: "room.join", payload: { roomSlug: room } });
  }

  async writes(...texts: string[]): Promise<void> {
    await this.asks(...texts.map((text) => ({ type: "chat.send", payload: { text } })));
  }

  /** Writes one message, perhaps in reply to another, and returns its id. */
  async says(text: string, replyTo?: string): Promise<string> {
    const [ack] = await this.asks({ type: "chat.send", payload: replyTo ? { text, replyTo } : { text } });
    return ack?.messageId ?? "";
  }

  /** Joins voice without media: others see this member there. */
  async joinsVoice(room: string, muted = false, deafened = false): Promise<void> {
    await this.asks({ type: "voice.join", payload: { roomSlug: room, muted, deafened } });
  }
}

declare global {
  interface Window {
    crowd: {
      open(id: string, ticket: string): Promise<void>;
      ask(id: string, requests: { type: string; payload: object }[]): Promise<Ack[]>;
    };
  }
}

/**
 * People without browsers of their own: their sessions come by HTTP and their
 * WebSockets live in one empty page.
 */
export class Crowd {
  private constructor(
    private readonly server: Server,
    private readonly browser: Browser,
    private readonly page: Page,
  ) {}

  static async gathers(server: Server): Promise<Crowd> {
    const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
    const page = await browser.newPage();
    await page.goto(`${server.url}/version`); // an empty page of the server's own origin
    await page.evaluate(installSockets);
    return new Crowd(server, browser, page);
  }

  /** Makes an account; the first one is the owner. */
  async registers(name: string, inviteCode?: string, password = "correct horse battery"): Promise<Member> {
    return this.comes("/v1/auth/register", { name, password, inviteCode });
  }

  async comesAsGuest(name: string, inviteCode: string): Promise<Member> {
    return this.comes("/v1/auth/guest", { name, inviteCode });
  }

  async signsIn(name: string, password = "correct horse battery"): Promise<Member> {
    return this.comes("/v1/auth/login", { name, password });
  }

  async goesHome(): Promise<void> {
    await this.browser.close();
  }

  private async comes(path: string, body: object): Promise<Member> {
    const { token, user } = await call<{ token: string; user: { id: string; name: string } }>(
      this.server.url,
      "POST",
      path,
      body,
    );
    return new Member(user.id, user.name, token, this.server.url, this.page);
  }
}

async function call<T>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<T> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      "Content-Type": "application/json",
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Runs in the crowd's page. */
function installSockets(): void {
  const sockets = new Map<string, WebSocket>();
  let last = 0;
  /** The server's answer to a request, or the first message when there is no requestId. */
  const answer = (socket: WebSocket, requestId?: string) =>
    new Promise<Ack>((resolve, reject) => {
      const hear = (event: MessageEvent) => {
        const { type, payload } = JSON.parse(event.data);
        if (requestId && payload?.requestId !== requestId) return;
        socket.removeEventListener("message", hear);
        if (type === "nack" || type === "error") reject(new Error(event.data));
        else resolve(payload);
      };
      socket.addEventListener("message", hear);
      socket.addEventListener("close", (event) => reject(new Error(`closed: ${event.code}`)));
    });
  window.crowd = {
    async open(id, ticket) {
      const socket = new WebSocket(
        `${location.origin.replace("http", "ws")}/v1/realtime/ws?ticket=${encodeURIComponent(ticket)}`,
      );
      sockets.set(id, socket);
      await answer(socket);
      const ping = setInterval(() => {
        if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping","payload":{}}');
        else clearInterval(ping);
      }, 10_000);
    },
    async ask(id, requests) {
      const socket = sockets.get(id);
      if (!socket) throw new Error(`${id} is not online`);
      const acks: Ack[] = [];
      for (const { type, payload } of requests) {
        const requestId = `crowd-${++last}`;
        const answered = answer(socket, requestId);
        socket.send(JSON.stringify({ type, requestId, payload }));
        acks.push(await answered);
      }
      return acks;
    },
  };
}
