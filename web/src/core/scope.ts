import type { Clock } from "./platform";

/**
 * The lifetime of something: whatever is started in it ends with it. Closing
 * twice does nothing; what is added to a closed scope is ended at once, so an
 * await that outlives its scope cannot leak.
 */
export class Scope {
  private ends = new Set<() => void>();
  private done = false;

  constructor(private readonly clock: Clock) {}

  get closed(): boolean {
    return this.done;
  }

  /** Ends `end` with the scope. The returned function ends it earlier. */
  add(end: () => void): () => void {
    if (this.done) {
      end();
      return () => {};
    }
    this.ends.add(end);
    return () => {
      if (this.ends.delete(end)) end();
    };
  }

  /** Runs `task` once after `ms`, unless cancelled or the scope has ended. */
  after(ms: number, task: () => void): () => void {
    if (this.done) return () => {};
    const cancel = this.clock.after(ms, () => {
      this.ends.delete(cancel);
      task();
    });
    return this.add(cancel);
  }

  /** Runs `task` every `ms` until cancelled or the scope has ended. */
  every(ms: number, task: () => void): () => void {
    if (this.done) return () => {};
    return this.add(this.clock.every(ms, task));
  }

  /** A scope that ends with this one, or before it. */
  child(): Scope {
    const child = new Scope(this.clock);
    const forget = this.add(() => child.close());
    child.ends.add(forget);
    return child;
  }

  close(): void {
    if (this.done) return;
    this.done = true;
    const ends = [...this.ends].reverse();
    this.ends.clear();
    for (const end of ends) end();
  }
}
