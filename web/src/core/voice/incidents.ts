import type { StoreApi } from "zustand/vanilla";
import type { ConnectionState, VoiceState } from "../model";
import type { Clock } from "../platform";
import { type FailureCode, presentFailure } from "./failure";

/** A page that fails again and again is told of so often. */
const TOLD = 50;
/** What mends itself within this time has not failed: a socket that is resumed, a path that moves to another network. */
const LASTING_MS = 2_000;

/**
 * Tells of each class of failure once an incident. An incident lasts from the
 * first thing that is wrong until nothing is; each try to join is its own.
 */
export class Incidents {
  private readonly seen = new Set<FailureCode>();
  private told = 0;
  private cancel: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly voice: StoreApi<VoiceState>,
    private readonly connection: StoreApi<ConnectionState>,
    private readonly tell: (code: FailureCode) => void,
  ) {
    voice.subscribe(() => this.look());
    connection.subscribe(() => this.look());
  }

  private look(): void {
    const code = this.present();
    const { trouble, playbackBlocked } = this.voice.getState();
    const sure = (trouble && trouble.code !== "MediaLost") || playbackBlocked;
    if (!code) {
      this.cancel?.();
      this.cancel = null;
      this.seen.clear();
    } else if (sure) this.note(code);
    else if (!this.cancel) {
      this.cancel = this.clock.after(LASTING_MS, () => {
        this.cancel = null;
        const lasting = this.present();
        if (lasting) this.note(lasting);
      });
    }
  }

  private present(): FailureCode | null {
    return presentFailure(this.voice.getState(), this.connection.getState().status);
  }

  private note(code: FailureCode): void {
    if (this.seen.has(code)) return;
    this.seen.add(code);
    if (++this.told <= TOLD) this.tell(code);
  }
}
