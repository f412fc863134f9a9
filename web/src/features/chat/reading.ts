import { useEffect, useRef, useState } from "react";
import { useCore, useCoreState } from "@/ui/core";
import { useLooking } from "./looking";

/**
 * Reads a room as its end is looked at, and keeps where the unread line
 * stands: it stays where it was drawn until something new comes unseen.
 */
export function useReading(slug: string, endInView: boolean, lastSeq: number) {
  const core = useCore();
  const looking = useLooking();
  const unread = useCoreState("activity", (a) => a.rooms[slug]?.unread ?? 0);
  const readSeq = useCoreState("activity", (a) => a.rooms[slug]?.readSeq ?? null);
  const [line, setLine] = useState(unread > 0 ? readSeq : null);
  /** Whether something was unread when the room was opened, and nobody has gone there yet. */
  const [missed, setMissed] = useState(unread > 0);
  const reading = looking && endInView;
  const before = useRef(unread);
  useEffect(() => {
    if (unread > 0 && before.current === 0 && !reading) setLine(readSeq);
    before.current = unread;
  }, [unread, readSeq, reading]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is new is read
  useEffect(() => {
    if (reading) core.messages.read(slug);
  }, [reading, unread, lastSeq, core, slug]);
  // Counted to the end that is known now: the room may still be catching up with it.
  const found = missed && line !== null ? lastSeq - line : 0;
  return { line, unread, found, dismiss: () => setMissed(false) };
}
