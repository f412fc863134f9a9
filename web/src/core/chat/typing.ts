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

  constructor(
    private readonly clock: Clock,
    private readonly tell: () => void,
    private readonly publish: (slug: string, writers: Writer[]) => void,
  ) {}

  /** The user has changed the text. */
  write(): void {
    const now = this.clock.now();
    if (now - this.toldAt < TELL_MS) return;
    this.toldAt = now;
    this.tell();
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
    for (const room of this.shown.values()) for (const { cancel } of room.values()) cancel();
    this.shown.clear();
  }

  private show(slug: string): void {
    const writers = [...(this.shown.get(slug) ?? [])];
    this.publish(
      slug,
      writers.map(([userId, { userName }]) => ({ userId, userName })),
    );
  }
}
