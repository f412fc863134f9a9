import { type PointerEvent, useEffect, useMemo, useRef } from "react";

/** So long a finger rests before it means more than a touch. */
const LONG_MS = 450;
/** Further than this it scrolls, px. */
const STILL = 10;

/** Handlers that call back when a finger rests on an element. */
export function useLongPress(pressed: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const from = useRef({ x: 0, y: 0 });
  const latest = useRef(pressed);
  latest.current = pressed;
  useEffect(() => () => clearTimeout(timer.current), []);
  return useMemo(() => {
    const stop = () => clearTimeout(timer.current);
    return {
      onPointerDown(event: PointerEvent) {
        stop();
        if (event.pointerType !== "touch" || !event.isPrimary) return;
        from.current = { x: event.clientX, y: event.clientY };
        timer.current = setTimeout(() => latest.current(), LONG_MS);
      },
      onPointerMove(event: PointerEvent) {
        const { x, y } = from.current;
        if (Math.hypot(event.clientX - x, event.clientY - y) > STILL) stop();
      },
      onPointerUp: stop,
      onPointerCancel: stop,
    };
  }, []);
}
