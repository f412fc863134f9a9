import type { Http } from "../http";
import type { Message } from "../model";
import type { Cursor, MessagePage } from "../wire";

const PAGE = 50;
const CATCH_UP_PAGE = 100;
/** More than this is not caught up with but loaded anew from its newest page. */
const CATCH_UP_PAGES = 5;

/** Reads a room's stored messages over HTTP. */
export class History {
  constructor(private readonly http: Http) {}

  /** The newest page, or the one before `cursor`. */
  async page(slug: string, cursor: Cursor | null): Promise<MessagePage> {
    const query: Record<string, string> = { limit: String(PAGE) };
    if (cursor) {
      query.beforeCreatedAt = cursor.beforeCreatedAt;
      query.beforeId = cursor.beforeId;
    }
    return this.get(slug, query);
  }

  /** Everything after `seq`, or null when that is too much to catch up with. */
  async after(slug: string, seq: number): Promise<Message[] | null> {
    const messages: Message[] = [];
    let after = seq;
    for (let pages = 0; pages < CATCH_UP_PAGES; pages++) {
      const page = await this.get(slug, { limit: String(CATCH_UP_PAGE), afterSeq: String(after) });
      messages.push(...page.messages);
      const reached = page.messages.reduce((max, message) => Math.max(max, message.roomSeq), after);
      if (!page.pagination.hasMore || reached === after) return messages;
      after = reached;
    }
    return null;
  }

  private async get(slug: string, query: Record<string, string>): Promise<MessagePage> {
    const path = `/v1/rooms/${encodeURIComponent(slug)}/messages?${new URLSearchParams(query)}`;
    const page = await this.http.get<MessagePage>(path);
    return { messages: page.messages ?? [], pagination: page.pagination };
  }
}
