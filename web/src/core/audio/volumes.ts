import type { StorageLike } from "../platform";
import { readJson, writeJson } from "../preferences";

const KEY = "boltorezka.volumes";
export const MAX_VOLUME = 2;

/** How loud each person is for this listener, kept in the browser by user id. */
export class Volumes {
  private readonly byUser = new Map<string, number>();

  constructor(private readonly storage: StorageLike | null) {
    for (const [userId, volume] of Object.entries(readJson(storage, KEY))) {
      if (typeof volume === "number" && volume >= 0 && volume <= MAX_VOLUME) this.byUser.set(userId, volume);
    }
  }

  /** 0..2; 1 for those who were never changed. */
  get(userId: string): number {
    return this.byUser.get(userId) ?? 1;
  }

  /** Returns the volume that was kept: `volume` within 0..2. */
  set(userId: string, volume: number): number {
    const kept = Math.min(MAX_VOLUME, Math.max(0, Number.isFinite(volume) ? volume : 1));
    if (kept === 1) this.byUser.delete(userId);
    else this.byUser.set(userId, kept);
    writeJson(this.storage, KEY, Object.fromEntries(this.byUser));
    return kept;
  }
}
