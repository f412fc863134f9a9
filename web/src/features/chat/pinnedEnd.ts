import { type RefObject, useCallback, useLayoutEffect, useRef } from "react";

/** So many pixels from the end count as being at it. */
export const AT_END = 80;

/**
 * Keeps a scrolled list at its end until the user scrolls up: rows that turn
 * out higher than was thought, a composer that grows and a strip above must
 * not hide the last message. `changed` hears whether the end is in view. It is
 * no end to stay at while the list is not `live`: more follows. `release` lets
 * go of it, before the list is led somewhere else.
 */
export function usePinnedEnd(
  scroller: RefObject<HTMLElement | null>,
  changed: (atEnd: boolean) => void,
  live: boolean,
) {
  const content = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const following = useRef(live);
  following.current = live;
  const last = useRef({ top: 0, gap: 0 });

  const look = useCallback(
    (resized: boolean) => {
      const element = scroller.current;
      if (!element) return;
      const { scrollTop: top, scrollHeight: height, clientHeight: view } = element;
      const gap = height - top - view;
      const before = last.current;
      if (gap <= AT_END) pinned.current = true;
      // Only the user moves it up and away from the end: one that got shorter stays as near to its
      // end as it was. Looked at before the end is sought, or a resize would take the move back.
      else if (top < before.top && gap > before.gap) pinned.current = false;
      if (resized && pinned.current && following.current) element.scrollTop = height;
      last.current = {
        top: element.scrollTop,
        gap: element.scrollHeight - element.scrollTop - element.clientHeight,
      };
      changed(pinned.current);
    },
    [scroller, changed],
  );

  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => look(true));
    for (const element of [scroller.current, content.current]) {
      if (element) observer.observe(element);
    }
    return () => observer.disconnect();
  }, [scroller, look]);

  return {
    content,
    onScroll: useCallback(() => look(false), [look]),
    release: useCallback(() => {
      pinned.current = false;
    }, []),
  };
}
