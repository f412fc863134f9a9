import { asCoreError } from "../http";
import type { CoreError, JumpTarget, Message, RoomTimeline, User } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import type { ChatMessage } from "../wire";
import { type Change, PendingChanges } from "./changes";
import type { History } from "./history";
import { Originals } from "./originals";
import { Sender } from "./sender";
import { Stretch } from "./stretch";
import { fromEvent } from "./timeline";

/** Missing more pages than this, a room is not caught up with but begun anew from its end. */
const CATCH_UP_PAGES = 5;
const PAGE = 100;
/** So many messages stand before the one that was jumped to. */
const BEFORE_JUMP = 40;

export interface RoomChatDeps {
  platform: Platform;
  connection: Connection;
  history: History;
  /** Whether chat.send would go to this room now. */
  canSend(): boolean;
  publish(timeline: RoomTimeline): void;
  /** What `unsent` gives may be another. */
  unsentChanged(): void;
}

/** One room's chat: the part of its history that is loaded, what is missing in it and what is still to be sent. */
export class RoomChat {
  private readonly stretch = new Stretch();
  readonly sender: Sender;
  private readonly changes = new PendingChanges();
  private readonly originals: Originals;
  private loaded = false;
  private loading = false;
  private loadingNewer = false;
  private error: CoreError | null = null;
  private lastSeq = 0;
  private following = true;
  /** Counts the times that the stretch was begun anew: a page for an older one comes too late. */
  private begun = 0;
  /** What has happened to messages while pages were on their way that may not know of it. */
  private meanwhile: { id: string; apply: Change }[] = [];
  private fetching = 0;
  private turn: Promise<void> = Promise.resolve();
  private filling = false;
  private closed = false;

  constructor(
    private readonly slug: string,
    private readonly deps: RoomChatDeps,
  ) {
    this.sender = new Sender({
      ...deps,
      isShown: (id) => this.stretch.hasNewer || this.stretch.items.some((item) => item.id === id),
      changed: () => this.show(),
    });
    this.originals = new Originals(slug, deps.history, () => this.show());
  }

  close(): void {
    this.closed = true;
    this.sender.close();
  }

  write(author: User, text: string, replyTo: string | null): void {
    if (this.stretch.hasNewer) void this.jump("latest");
    this.sender.write(author, text, replyTo);
  }

  receive(event: ChatMessage): void {
    this.sender.settle(event.id, event.senderRequestId);
    this.lastSeq = Math.max(this.lastSeq, event.roomSeq);
    if (this.loaded && !this.stretch.hasNewer) {
      this.stretch.take([fromEvent(event)]);
      this.stretch.bound(this.following);
    }
    this.show();
    this.fill();
  }

  /** Something has happened to a stored message. */
  changed(id: string, apply: Change): void {
    if (this.fetching > 0) this.meanwhile.push({ id, apply });
    this.stretch.change(id, apply);
    this.originals.change(id, (message) => apply({ ...message, state: "sent" }));
    this.show();
  }

  /** Asks for a change of a stored message, shown at once and undone when it is refused. */
  async change(id: string, apply: Change, type: string, payload: object): Promise<void> {
    const settle = this.changes.add(id, apply);
    this.show();
    try {
      await this.deps.connection.request(type, payload);
      this.stretch.change(id, apply); // the event may come after the ack
    } finally {
      settle();
      this.show();
    }
  }

  /** The room was joined: what waits goes out, and what changed unheard meanwhile is seen. */
  sync(): Promise<void> {
    return this.inTurn(async () => {
      // What was in flight first: its answer tells which stored messages are ours.
      await this.sender.flush();
      this.originals.forget();
      if (this.loaded) await this.renew();
      else await this.loadLatest();
    });
  }

  async loadOlder(): Promise<void> {
    const { first } = this.stretch;
    if (!this.loaded || this.loading || !first || !this.stretch.hasMore) return;
    const { begun } = this;
    this.loading = true;
    await this.fetch(
      () => this.deps.history.page(this.slug, first),
      (page) => this.stretch.older(page.messages, page.pagination.hasMore),
    );
    if (begun !== this.begun) return;
    this.loading = false;
    this.show();
  }

  async loadNewer(): Promise<void> {
    if (!this.loaded || this.loadingNewer || !this.stretch.hasNewer) return;
    this.loadingNewer = true;
    const { begun } = this;
    const { tail } = this.stretch;
    await this.fetch(
      () => this.deps.history.after(this.slug, tail),
      (page) => {
        this.stretch.newer(page.messages, page.pagination.hasMore);
        // One that was announced while the page was on its way may not be in it.
        if (this.lastSeq > this.stretch.tail && page.messages.length > 0) this.stretch.hasNewer = true;
      },
    );
    if (begun !== this.begun) return;
    this.loadingNewer = false;
    this.show();
  }

  /** Leads the timeline somewhere; answers the id of the message that is there. */
  async jump(target: JumpTarget): Promise<string | null> {
    if (target === "latest") {
      if (this.stretch.hasNewer || !this.loaded) await this.loadLatest();
      return this.stretch.items.at(-1)?.id ?? null;
    }
    const here = (seq: number) => this.stretch.items.find((item) => item.roomSeq >= seq);
    if ("messageId" in target) {
      if (this.stretch.items.some((item) => item.id === target.messageId)) return target.messageId;
      const message = await this.deps.history.message(this.slug, target.messageId);
      if (!message) return null;
      await this.loadAround(message.roomSeq);
      return this.stretch.items.some((item) => item.id === target.messageId) ? target.messageId : null;
    }
    const seq =
      "seq" in target ? target.seq : (await this.deps.history.seqBefore(this.slug, target.date)) + 1;
    const { first, tail } = this.stretch;
    const held = first && first.roomSeq <= seq && seq <= tail;
    if (!held) await this.loadAround(seq);
    return (here(seq) ?? this.stretch.items.at(-1))?.id ?? null;
  }

  loadOriginal(id: string): void {
    void this.originals.load(id);
  }

  follow(atEnd: boolean): void {
    this.following = atEnd;
  }

  /** The room is looked at no more: only its end is kept. */
  rest(): void {
    this.following = true;
    if (this.stretch.hasNewer) {
      this.begun++;
      this.loaded = false;
      this.stretch.begin([], false, false);
    } else this.stretch.bound(true);
    this.show();
  }

  /** Shows the states anew after the connection came or went. */
  show(): void {
    if (this.closed) return;
    const { stretch } = this;
    this.lastSeq = Math.max(this.lastSeq, stretch.tail);
    const pending = this.sender.items();
    const stored = this.changes.over(stretch.items);
    this.deps.publish({
      items: stretch.hasNewer ? stored : [...stored, ...pending],
      hasMore: stretch.hasMore,
      hasNewer: stretch.hasNewer,
      loading: this.loading,
      loadingNewer: this.loadingNewer,
      loaded: this.loaded,
      error: this.error,
      lastSeq: this.lastSeq,
      originals: this.originals.all,
      queued: pending.filter((item) => item.state === "queued").length,
    });
    this.deps.unsentChanged();
  }

  /** A roomSeq was skipped: what lies between is fetched. */
  private fill(): void {
    if (this.filling) return;
    const gap = () => this.loaded && !this.stretch.hasNewer && this.lastSeq > this.stretch.tail;
    if (!gap()) return;
    this.filling = true;
    void this.inTurn(async () => {
      this.filling = false;
      if (gap())
        await this.catchUp(this.stretch.tail, CATCH_UP_PAGES, (missed, goal) => {
          this.stretch.extend(missed, goal);
        });
    });
  }

  /** Fetches anew what is loaded and what has come since. */
  private renew(): Promise<void> {
    const { first, items, hasNewer, tail } = this.stretch;
    const from = (first?.roomSeq ?? tail + 1) - 1;
    const pages = Math.ceil(items.length / PAGE) + CATCH_UP_PAGES;
    return this.catchUp(from, pages, (messages) => this.stretch.renew(messages), hasNewer ? tail : null);
  }

  private async catchUp(
    from: number,
    pages: number,
    put: (messages: Message[], goal: number) => void,
    to: number | null = null,
  ): Promise<void> {
    const goal = Math.max(this.lastSeq, this.stretch.tail);
    let tooMuch = false;
    await this.fetch(
      () => this.deps.history.range(this.slug, from, to, pages),
      (messages) => {
        if (messages) put(messages, goal);
        else tooMuch = true;
      },
    );
    if (tooMuch) await this.loadLatest();
  }

  private loadLatest(): Promise<void> {
    return this.beginAnew(
      () => this.deps.history.page(this.slug, null),
      ({ messages, pagination }) => this.stretch.begin(messages, pagination.hasMore, false),
    );
  }

  private loadAround(seq: number): Promise<void> {
    const after = Math.max(0, seq - 1 - BEFORE_JUMP);
    return this.beginAnew(
      () => this.deps.history.after(this.slug, after),
      ({ messages, pagination }) => this.stretch.begin(messages, after > 0, pagination.hasMore),
    );
  }

  private async beginAnew<T>(ask: () => Promise<T>, put: (answer: T) => void): Promise<void> {
    const begun = ++this.begun;
    this.loading = true;
    this.loadingNewer = false;
    await this.fetch(ask, (answer) => {
      put(answer);
      this.loaded = true;
    });
    if (begun !== this.begun) return;
    this.loading = false;
    this.show();
    this.fill();
  }

  /** Puts an answer of the history into the stretch that it was asked for. */
  private async fetch<T>(ask: () => Promise<T>, put: (answer: T) => void): Promise<void> {
    const { begun } = this;
    this.error = null;
    this.fetching++;
    this.show();
    try {
      const answer = await ask();
      if (begun === this.begun) {
        put(answer);
        for (const { id, apply } of this.meanwhile) this.stretch.change(id, apply);
        for (const item of this.stretch.items) this.sender.settle(item.id);
      }
    } catch (reason) {
      if (begun === this.begun) this.error = asCoreError(reason);
    }
    if (--this.fetching === 0) this.meanwhile = [];
    this.show();
  }

  private inTurn(job: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(() => (this.closed ? undefined : job()));
    return this.turn;
  }
}
