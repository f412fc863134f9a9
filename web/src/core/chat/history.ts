import { asCoreError, type Http } from "../http";
import type { Message } from "../model";
import type { MessagePage } from "../wire";

const PAGE = 50;
/** The server's largest page. */
const FORWARD_PAGE = 100;

/** Where a page of older messages ends: before this message. */
export type Before = Pick<Message, "id" | "createdAt">;

/** Reads a room's stored messages over HTTP. */
export class History {
  constructor(private readonly http: Http) {}

  /** The newest page, or the one before a message. */
  page(slug: string, before: Before | null, limit = PAGE): Promise<MessagePage> {
    const query: Record<string, string> = { limit: String(limit) };
    if (before) {
      query.beforeCreatedAt = before.createdAt;
      query.beforeId = before.id;
    }
    return this.get(slug, query);
  }

  /** The page after `seq`, oldest first. */
  after(slug: string, seq: number, limit = FORWARD_PAGE): Promise<MessagePage> {
    return this.get(slug, { limit: String(limit), afterSeq: String(Math.max(0, seq)) });
  }

  /**
   * Everything after `seq`, up to `to` when it is given; null when that is
   * more than so many pages.
   */
  async range(slug: string, seq: number, to: number | null, pages: number): Promise<Message[] | null> {
    const messages: Message[] = [];
    let after = seq;
    for (let i = 0; i < pages; i++) {
      const page = await this.after(slug, after);
      messages.push(...page.messages);
      const reached = page.messages.at(-1)?.roomSeq ?? after;
      if (to !== null && reached >= to) return messages.filter((message) => message.roomSeq <= to);
      if (!page.pagination.hasMore || reached === after) return messages;
      after = reached;
    }
    return null;
  }

  /** One message; null when it is not there any more. */
  async message(slug: string, id: string): Promise<Message | null> {
    try {
      const { messages } = await this.get(slug, { limit: "1", beforeId: id });
      const page = await this.after(slug, messages[0]?.roomSeq ?? 0, 1);
      return page.messages.find((message) => message.id === id) ?? null;
    } catch (reason) {
      if (asCoreError(reason).code === "MessageNotFound") return null;
      throw reason;
    }
  }

  /** The roomSeq of the last message before a moment; 0 when there is none. */
  async seqBefore(slug: string, at: Date): Promise<number> {
    const { messages } = await this.get(slug, { limit: "1", beforeCreatedAt: at.toISOString() });
    return messages[0]?.roomSeq ?? 0;
  }

  private get(slug: string, query: Record<string, string>): Promise<MessagePage> {
    const path = `/v1/rooms/${encodeURIComponent(slug)}/messages?${new URLSearchParams(query)}`;
    return this.http.get<MessagePage>(path);
  }
}
