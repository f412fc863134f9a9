import type { StoreApi } from "zustand";

/** At most so often a store that others drive makes the page render, ms between. */
const LEAST_MS = 50;

const waiting = new Set<() => void>();
let scheduled = false;
let flushedAt = Number.NEGATIVE_INFINITY;

/** Everybody who waits is told at once, so that React renders once for all of it. */
function flush(): void {
  scheduled = false;
  flushedAt = performance.now();
  const told = [...waiting];
  waiting.clear();
  for (const changed of told) changed();
}

function soon(changed: () => void): void {
  waiting.add(changed);
  if (scheduled) return;
  scheduled = true;
  const wait = flushedAt + LEAST_MS - performance.now();
  if (wait <= 0) queueMicrotask(flush);
  else setTimeout(flush, wait);
}

const known = new WeakMap<object, StoreApi<unknown>>();

/**
 * A store as the page watches it: a change shows at once, and a burst of them
 * in few renders, however many messages come in a second.
 */
export function batched<S>(store: StoreApi<S>): StoreApi<S> {
  let watched = known.get(store) as StoreApi<S> | undefined;
  if (!watched) {
    watched = {
      ...store,
      subscribe: (listener) => {
        // React compares what it picks by itself: which state was before does not matter to it.
        const changed = () => listener(store.getState(), store.getState());
        const stop = store.subscribe(() => soon(changed));
        return () => {
          stop();
          waiting.delete(changed);
        };
      },
    };
    known.set(store, watched as StoreApi<unknown>);
  }
  return watched;
}
