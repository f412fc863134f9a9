/** Typed listeners by event name. A listener that throws does not stop the others. */
export class Emitter<E extends object> {
  private readonly listeners = new Map<keyof E, Set<(payload: never) => void>>();

  /** Calls `listener` on each event of `type`. Returns the stop. */
  on<K extends keyof E>(type: K, listener: (payload: E[K]) => void): () => void {
    let set = this.listeners.get(type);
    if (!set) {
      set = new Set();
      this.listeners.set(type, set);
    }
    set.add(listener);
    return () => {
      set.delete(listener);
    };
  }

  emit<K extends keyof E>(type: K, payload: E[K]): void {
    for (const listener of [...(this.listeners.get(type) ?? [])]) {
      try {
        (listener as (payload: E[K]) => void)(payload);
      } catch (reason) {
        // One listener's fault is reported like any uncaught error, apart from this event.
        queueMicrotask(() => {
          throw reason;
        });
      }
    }
  }
}
