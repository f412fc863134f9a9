import { createStore, type StoreApi } from "zustand/vanilla";
import type { Preferences, PresenceStatus, StatusState } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";

/** Without input for so long, one who is online is shown as away. */
const IDLE_MS = 10 * 60_000;

/** Our own status: what was chosen, and away while nobody is at the machine. */
export class OwnStatus {
  readonly store: StoreApi<StatusState>;
  private told: PresenceStatus = "online";
  private cancelIdle: (() => void) | null = null;
  private readonly ends: (() => void)[] = [];

  constructor(
    private readonly platform: Platform,
    private readonly connection: Connection,
    private readonly preferences: StoreApi<Preferences>,
  ) {
    const chosen = preferences.getState().status;
    this.store = createStore<StatusState>(() => ({ chosen, shown: chosen }));
    connection.lifecycle.on("ready", ({ resumed }) => {
      // A new session is online until it says otherwise.
      if (!resumed) this.told = "online";
      this.tell();
    });
  }

  start(): void {
    this.stop();
    this.ends.push(this.platform.onInput(() => this.input()));
    this.input();
  }

  stop(): void {
    for (const end of this.ends.splice(0)) end();
    this.cancelIdle?.();
    this.cancelIdle = null;
  }

  choose(status: PresenceStatus): void {
    this.preferences.setState({ status });
    this.store.setState({ chosen: status, shown: status });
    this.tell();
    this.input();
  }

  /** The server tells how others see us: another device may have changed it. */
  seen(status: PresenceStatus): void {
    const { chosen, shown } = this.store.getState();
    const elsewhere = status === "dnd" ? chosen !== "dnd" : chosen === "dnd" && status === "online";
    if (!elsewhere || this.told !== shown) return;
    this.told = status;
    this.preferences.setState({ status });
    this.store.setState({ chosen: status, shown: status });
  }

  /** Somebody is at the machine. */
  private input(): void {
    this.cancelIdle?.();
    this.cancelIdle = null;
    const { chosen, shown } = this.store.getState();
    if (chosen !== "online") return;
    if (shown !== "online") this.show("online");
    this.cancelIdle = this.platform.clock.after(IDLE_MS, () => this.show("idle"));
  }

  private show(shown: PresenceStatus): void {
    this.store.setState({ shown });
    this.tell();
  }

  private tell(): void {
    const { shown } = this.store.getState();
    if (shown === this.told || !this.connection.isOnline) return;
    this.told = shown;
    this.connection.request("presence.status", { status: shown }).catch(() => {
      this.told = "online"; // the next session says it again
    });
  }
}
