import { useEffect, useRef, useState } from "react";
import { useCore, useCoreState } from "@/ui/core";
import { useLooking } from "./looking";

/**
 * Reads a room as its end is looked at, and keeps where the unread line
 * stands: it stays where it was drawn until something new comes unseen.
 */
export function useReading(slug: string, endInView: boolean) {
  const core = useCore();
  const looking = useLooking();
  const unread = useCoreState("activity", (a) => a.rooms[slug]?.unread ?? 0);
  const readSeq = useCoreState("activity", (a) => a.rooms[slug]?.readSeq ?? null);
  const [line, setLine] = useState(unread > 0 ? readSeq : null);
  /** What was unread when the room was opened. */
  const [found, setFound] = useState(unread);
  const reading = looking && endInView;
  const before = useRef(unread);
  useEffect(() => {
    if (unread > 0 && before.current === 0 && !reading) setLine(readSeq);
    before.current = unread;
  }, [unread, readSeq, reading]);
  useEffect(() => {
    if (reading && unread > 0) core.messages.read(slug);
  }, [reading, unread, core, slug]);
  return { line, unread, found, dismiss: () => setFound(0) };
}
