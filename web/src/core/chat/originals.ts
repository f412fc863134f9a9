import type { Message } from "../model";
import type { History } from "./history";

/** So many quoted messages are kept of a room; the oldest asked for go first. */
const LIMIT = 200;

/** Quoted messages that are not in the timeline itself, loaded one by one. */
export class Originals {
  private known: Record<string, Message | null> = {};
  private readonly asked = new Set<string>();

  constructor(
    private readonly slug: string,
    private readonly history: History,
    private readonly changed: () => void,
  ) {}

  get all(): Record<string, Message | null> {
    return this.known;
  }

  /** Loads a message, once. One that cannot be loaded may be asked for again. */
  async load(id: string): Promise<void> {
    if (this.asked.has(id)) return;
    this.asked.add(id);
    try {
      const message = await this.history.message(this.slug, id);
      const kept = Object.entries(this.known).slice(-LIMIT + 1);
      this.known = { ...Object.fromEntries(kept), [id]: message };
      this.changed();
    } catch {
      this.asked.delete(id);
    }
  }

  /** What happened to a message is seen where it is quoted too. */
  change(id: string, apply: (message: Message) => Message): void {
    const message = this.known[id];
    if (message) this.known = { ...this.known, [id]: apply(message) };
  }

  /** They may have changed unheard: whatever is still quoted is asked for again. */
  forget(): void {
    this.known = {};
    this.asked.clear();
  }
}
