import { useCallback, useEffect, useRef } from "react";
import type { Core } from "@/core/model";

/** Below this level (0..1) nobody speaks. */
const FLOOR = 0.012;
/** A pause between words shorter than this does not end the ring. */
const HOLD_MS = 220;

/**
 * Writes who is heard straight onto elements, outside React's render loop: a
 * room of 200 renders nothing while people speak.
 */
class SpeakingBoard {
  private readonly rings = new Map<string, Set<HTMLElement>>();
  private readonly meters = new Map<string, Set<HTMLElement>>();
  private readonly heardAt = new Map<string, number>();

  addRing(userId: string, element: HTMLElement): () => void {
    return add(this.rings, userId, element);
  }

  addMeter(userId: string, element: HTMLElement): () => void {
    return add(this.meters, userId, element);
  }

  apply(levels: ReadonlyMap<string, number>, now: number): void {
    for (const [userId, level] of levels) if (level > FLOOR) this.heardAt.set(userId, now);
    for (const [userId, elements] of this.rings) {
      const level = levels.get(userId) ?? 0;
      const heardAt = this.heardAt.get(userId);
      const speaking = heardAt !== undefined && now - heardAt < HOLD_MS;
      for (const element of elements) {
        element.toggleAttribute("data-speaking", speaking);
        if (speaking) element.style.setProperty("--level", visible(level).toFixed(2));
      }
    }
    for (const [userId, elements] of this.meters) {
      const fill = visible(levels.get(userId) ?? 0).toFixed(2);
      for (const element of elements) element.style.setProperty("--fill", fill);
    }
    for (const [userId, at] of this.heardAt) if (now - at >= HOLD_MS) this.heardAt.delete(userId);
  }
}

function add(map: Map<string, Set<HTMLElement>>, userId: string, element: HTMLElement): () => void {
  const set = map.get(userId) ?? new Set();
  set.add(element);
  map.set(userId, set);
  return () => {
    set.delete(element);
    element.removeAttribute("data-speaking");
    element.style.setProperty("--fill", "0");
    if (set.size === 0 && map.get(userId) === set) map.delete(userId);
  };
}

/** Loudness as the eye expects it: a whisper is seen, a shout does not clip. */
function visible(level: number): number {
  return Math.min(1, Math.sqrt(Math.max(0, level)) * 1.5);
}

const board = new SpeakingBoard();

/** Feeds the rings and meters from the core while the app is shown. */
export function useSpeakingBoard(core: Core): void {
  useEffect(() => core.call.onLevels((levels) => board.apply(levels, performance.now())), [core]);
}

/** A ref that puts a speaking ring around an element; give it `data-voice-of`. */
export function useRing(userId: string, live: boolean) {
  return useCallback(
    (element: HTMLElement | null) => (element && live ? board.addRing(userId, element) : undefined),
    [userId, live],
  );
}

/** A ref for the fill of a level meter (class `meter-fill`). */
export function useMeter(userId: string) {
  return useCallback(
    (element: HTMLElement | null) => (element ? board.addMeter(userId, element) : undefined),
    [userId],
  );
}

/** A ref whose `.current` is always the value of the last render. */
export function useLatest<T>(value: T) {
  const ref = useRef(value);
  useEffect(() => {
    ref.current = value;
  });
  return ref;
}
