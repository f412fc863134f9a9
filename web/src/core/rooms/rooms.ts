import { createStore } from "zustand/vanilla";
import { asCoreError, type Http } from "../http";
import type { CoreError, RoomsState, RoomTree } from "../model";
import type { Connection } from "../realtime/connection";
import { allPresence, withChange, withJoined, withLeft, withMicState, withRoom } from "./presence";

const empty: RoomsState = { tree: null, error: null, presence: {}, active: null, joining: null };

/** The room tree, who is where, and the one room that is viewed. */
export class Rooms {
  readonly store = createStore<RoomsState>(() => empty);
  /** The room that the server has us in on this connection. */
  private joined: string | null = null;
  private opening = 0;
  private refreshing = false;
  private stale = false;

  constructor(
    private readonly http: Http,
    private readonly connection: Connection,
  ) {
    const { events, lifecycle } = connection;
    const presence = (change: (now: RoomsState["presence"]) => RoomsState["presence"]) =>
      this.store.setState((state) => {
        const next = change(state.presence);
        return next === state.presence ? state : { presence: next };
      });
    events.on("rooms.presence", ({ rooms }) => presence(() => allPresence(rooms)));
    events.on("rooms.presence_changed", (change) => presence((now) => withChange(now, change)));
    events.on("room.presence", (room) => presence((now) => withRoom(now, room)));
    events.on("presence.joined", ({ roomSlug, userId, userName }) =>
      presence((now) => withJoined(now, roomSlug, userId, userName)),
    );
    events.on("presence.left", ({ roomSlug, userId }) => presence((now) => withLeft(now, roomSlug, userId)));
    events.on("call.mic_state", ({ roomSlug, fromUserId, muted, audioMuted }) =>
      presence((now) => withMicState(now, roomSlug, fromUserId, { muted, deafened: audioMuted })),
    );
    events.on("rooms.changed", () => void this.refresh());
    events.on("room.left", ({ roomSlug }) => {
      if (this.joined === roomSlug) this.joined = null;
    });
    lifecycle.on("ready", ({ resumed }) => {
      if (!resumed) this.joined = null;
    });
  }

  /** Whether the server has us in this room now, so that chat may be sent to it. */
  isJoined(slug: string): boolean {
    return this.connection.isOnline && this.joined === slug;
  }

  /** Loads the tree anew; what changes meanwhile is one more load, however much it is. */
  private async refresh(): Promise<void> {
    if (this.refreshing) {
      this.stale = true;
      return;
    }
    this.refreshing = true;
    do {
      this.stale = false;
      await this.reload();
    } while (this.stale);
    this.refreshing = false;
  }

  /** Loads the tree; on failure the error is in the store and the old tree stays. */
  async reload(): Promise<void> {
    try {
      const tree = await this.http.get<RoomTree>("/v1/rooms/tree");
      this.store.setState({
        tree: {
          categories: (tree.categories ?? []).map((c) => ({ ...c, channels: c.channels ?? [] })),
          uncategorized: tree.uncategorized ?? [],
        },
        error: null,
      });
    } catch (reason) {
      this.store.setState({ error: asCoreError(reason) });
    }
  }

  /**
   * Makes `slug` the viewed room, at once here and then on the server. While
   * offline only here: `rejoin` does the rest. Returns whether it is still the
   * wanted one; rejects with what the server said.
   */
  async open(slug: string): Promise<boolean> {
    const opening = ++this.opening;
    this.store.setState({ active: slug, joining: slug });
    if (!this.connection.isOnline) return true;
    try {
      await this.join(slug);
    } catch (reason) {
      const error = asCoreError(reason);
      if (opening !== this.opening) return false;
      // A lost connection is not a refusal: the room is joined when it is back.
      if (error.code === "ServerUnreachable") return true;
      this.store.setState({ active: null, joining: null });
      throw error;
    }
    if (opening !== this.opening) return false;
    this.store.setState({ joining: null });
    return true;
  }

  /** Joins a room without making it the viewed one, as to send what waits for it. */
  async join(slug: string): Promise<void> {
    this.joined = null;
    await this.connection.request("room.join", { roomSlug: slug });
    this.joined = slug;
  }

  /** After a new session: joins the viewed room again. Errors become the store's. */
  async rejoin(): Promise<void> {
    const { active } = this.store.getState();
    if (!active) return;
    try {
      await this.open(active);
    } catch (reason) {
      this.store.setState({ error: reason as CoreError });
    }
  }

  reset(): void {
    this.opening++;
    this.joined = null;
    this.store.setState(empty);
  }
}
