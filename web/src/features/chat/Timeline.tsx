import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, LoaderCircle } from "lucide-react";
import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import type { Room, RoomTimeline, TimelineItem } from "@/core/model";
import { dayHeading } from "@/i18n/dates";
import { Button } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { ErrorNotice } from "@/ui/Notice";
import { MessageRow } from "./MessageRow";
import { AT_END, usePinnedEnd } from "./pinnedEnd";
import { useReply } from "./reply";
import { buildRows, type Row } from "./rows";
import { readSeen, writeSeen } from "./seen";

const ESTIMATE: Record<Row["kind"], number> = { start: 120, older: 44, day: 40, unread: 28, message: 34 };
/** So many rows from the top, the page before is asked for. */
const REACH = 12;

/** The grey lines that stand where messages will. */
export function TimelineSkeleton() {
  const { t } = useTranslation();
  const widths = ["w-2/5", "w-3/5", "w-1/3", "w-1/2", "w-1/4", "w-2/3"];
  return (
    <div
      className="flex min-h-0 flex-1 flex-col justify-end gap-5 overflow-hidden px-5 pb-4"
      role="status"
      aria-label={t("app.loading")}
    >
      {widths.map((width) => (
        <div key={width} className="flex gap-3">
          <div className="skeleton size-9 rounded-full" />
          <div className="flex flex-1 flex-col gap-2 pt-1">
            <div className="skeleton h-3 w-28 rounded" />
            <div className={`skeleton h-3 rounded ${width}`} />
          </div>
        </div>
      ))}
    </div>
  );
}

function Start({ title, empty }: { title: string; empty: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="px-5 pt-8 pb-3 sm:px-6">
      <h2 className="font-semibold text-xl">{empty ? t("chat.empty") : t("chat.start", { room: title })}</h2>
      <p className="mt-1 text-soft">{t(empty ? "chat.emptyHint" : "chat.startHint")}</p>
    </div>
  );
}

interface Props {
  room: Room;
  timeline: RoomTimeline;
  selfId: string;
}

/** The messages of one room, virtualised; mount it anew for another room. */
export function Timeline({ room, timeline, selfId }: Props) {
  const core = useCore();
  const { t, i18n } = useTranslation();
  const setReply = useReply((state) => state.set);
  const online = useCoreState("connection", (s) => s.status === "online");
  const scroller = useRef<HTMLDivElement>(null);
  const [seenSeq, setSeenSeq] = useState(() => readSeen(selfId, room.slug));
  const [atEnd, setAtEnd] = useState(true);
  const [activeId, setActiveId] = useState<string | null>(null);
  const [readTo, setReadTo] = useState(0);
  const { items, hasMore, loading, error } = timeline;
  const rows = useMemo(() => buildRows(items, hasMore, seenSeq, selfId), [items, hasMore, seenSeq, selfId]);
  const lastSeq = items.findLast((item) => item.state === "sent")?.roomSeq ?? 0;

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => ESTIMATE[rows[index]?.kind ?? "message"],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: AT_END,
    paddingEnd: 12,
  });

  useLayoutEffect(() => virtual.scrollToEnd(), [virtual]);

  const { content, onScroll } = usePinnedEnd(scroller, setAtEnd);

  // The pages before, as the top comes near.
  const first = virtual.range?.startIndex ?? rows.length;
  useEffect(() => {
    if (first <= REACH && hasMore && !loading && !error && online) void core.messages.loadOlder(room.slug);
  }, [first, hasMore, loading, error, online, core, room.slug]);

  // What is on screen at the end of the list, in a tab that is looked at, has been read.
  const reading = atEnd && document.visibilityState === "visible";
  useEffect(() => {
    if (!reading || lastSeq === 0) return;
    writeSeen(selfId, room.slug, lastSeq);
    setReadTo(lastSeq);
  }, [reading, lastSeq, selfId, room.slug]);
  useEffect(() => {
    // Leaving the tab draws the unread line for what comes meanwhile.
    const changed = () => {
      if (document.visibilityState === "hidden") setSeenSeq(readSeen(selfId, room.slug));
      else if (atEnd && lastSeq) writeSeen(selfId, room.slug, lastSeq);
    };
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, [selfId, room.slug, atEnd, lastSeq]);

  const onReply = useCallback((item: TimelineItem) => setReply(room.slug, item), [setReply, room.slug]);
  const onRetry = useCallback((key: string) => core.messages.retry(room.slug, key), [core, room.slug]);
  const onDiscard = useCallback((key: string) => core.messages.discard(room.slug, key), [core, room.slug]);

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    const shown = [...(scroller.current?.querySelectorAll<HTMLElement>("[data-message]") ?? [])];
    const at = shown.findIndex((row) => row.contains(document.activeElement));
    const next = at < 0 ? shown.at(-1) : shown[at + (event.key === "ArrowUp" ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    setActiveId(next.dataset.message ?? null);
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  const fresh = items.filter(
    (item) => item.state === "sent" && item.roomSeq > readTo && item.userId !== selfId,
  ).length;

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <section
        ref={scroller}
        // A scrolled region is reached and moved by the keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be a tab stop (WCAG 2.1.1)
        tabIndex={0}
        id="messages"
        aria-label={t("chat.messages", { room: room.title })}
        onKeyDown={onKeyDown}
        onScroll={onScroll}
        className="min-h-0 flex-1 overflow-y-auto overflow-x-hidden overscroll-contain focus-visible:outline-offset-[-2px] [overflow-anchor:none]"
      >
        <div className="flex min-h-full flex-col justify-end">
          <div ref={content} className="relative w-full" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((place) => {
              const row = rows[place.index];
              if (!row) return null;
              return (
                <div
                  key={place.key}
                  ref={virtual.measureElement}
                  data-index={place.index}
                  className="absolute top-0 left-0 w-full"
                  style={{ transform: `translateY(${place.start}px)` }}
                >
                  {row.kind === "message" && (
                    <MessageRow
                      item={row.item}
                      head={row.head}
                      original={row.original}
                      own={row.item.userId === selfId}
                      active={activeId === row.item.id}
                      onReply={onReply}
                      onRetry={onRetry}
                      onDiscard={onDiscard}
                    />
                  )}
                  {row.kind === "day" && (
                    <div className="flex items-center gap-3 px-5 pt-4 pb-1 sm:px-6">
                      <span className="h-px flex-1 bg-line" />
                      <h2 className="font-medium text-faint text-xs first-letter:uppercase">
                        {dayHeading(i18n.language, row.at, new Date(), {
                          today: t("chat.today"),
                          yesterday: t("chat.yesterday"),
                        })}
                      </h2>
                      <span className="h-px flex-1 bg-line" />
                    </div>
                  )}
                  {row.kind === "unread" && (
                    <div className="flex items-center gap-3 px-5 pt-2 sm:px-6">
                      <span className="h-px flex-1 bg-accent" />
                      <span className="font-semibold text-accent text-xs">{t("chat.unread")}</span>
                    </div>
                  )}
                  {row.kind === "start" && <Start title={room.title} empty={items.length === 0} />}
                  {row.kind === "older" && (
                    <div className="flex min-h-11 items-center justify-center px-5 py-1 text-faint text-sm">
                      {error ? (
                        <ErrorNotice error={error} className="w-full max-w-md">
                          <Button size="sm" onClick={() => void core.messages.loadOlder(room.slug)}>
                            {t("action.retry")}
                          </Button>
                        </ErrorNotice>
                      ) : (
                        <span className="flex items-center gap-2">
                          <LoaderCircle size={15} aria-hidden className="animate-spin" />
                          {t("chat.loadingOlder")}
                        </span>
                      )}
                    </div>
                  )}
                </div>
              );
            })}
          </div>
        </div>
      </section>
      {!atEnd && (
        <Button
          className="pop absolute right-5 bottom-3 border border-line-strong bg-raised shadow-pop"
          onClick={() => virtual.scrollToEnd()}
        >
          <ArrowDown size={16} aria-hidden />
          {fresh > 0 ? t("chat.newMessages", { count: fresh }) : t("chat.jump")}
        </Button>
      )}
    </div>
  );
}
