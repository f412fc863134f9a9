import type { Writer } from "../model";
import type { Clock } from "../platform";

/** Told to others at most this often. */
const TELL_MS = 3_000;
/** So long somebody is shown as writing after the last word of it. */
const SHOWN_MS = 5_000;

/** Who is writing where, and telling others that we are. */
export class Typing {
  private readonly shown = new Map<string, Map<string, { userName: string; cancel: () => void }>>();
  private toldAt = Number.NEGATIVE_INFINITY;
  private cancelTell: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly tell: () => void,
    private readonly publish: (slug: string, writers: Writer[]) => void,
  ) {}

  /** The user has changed the text. */
  write(): void {
    if (this.cancelTell) return;
    const wait = this.toldAt + TELL_MS - this.clock.now();
    if (wait > 0) this.cancelTell = this.clock.after(wait, () => this.tellNow());
    else this.tellNow();
  }

  /** The text was sent: nothing is being written any more. */
  sent(): void {
    this.cancelTell?.();
    this.cancelTell = null;
  }

  heard(slug: string, { userId, userName }: Writer): void {
    let room = this.shown.get(slug);
    if (!room) {
      room = new Map();
      this.shown.set(slug, room);
    }
    const before = room.get(userId);
    before?.cancel();
    room.set(userId, { userName, cancel: this.clock.after(SHOWN_MS, () => this.stopped(slug, userId)) });
    if (!before) this.show(slug);
  }

  /** His message is there, or he was silent for long. */
  stopped(slug: string, userId: string): void {
    const room = this.shown.get(slug);
    const writer = room?.get(userId);
    if (!room || !writer) return;
    writer.cancel();
    room.delete(userId);
    this.show(slug);
  }

  reset(): void {
    this.sent();
    for (const room of this.shown.values()) for (const { cancel } of room.values()) cancel();
    this.shown.clear();
  }

  private tellNow(): void {
    this.cancelTell = null;
    this.toldAt = this.clock.now();
    this.tell();
  }

  private show(slug: string): void {
    const writers = [...(this.shown.get(slug) ?? [])];
    this.publish(
      slug,
      writers.map(([userId, { userName }]) => ({ userId, userName })),
    );
  }
}
