import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp, X } from "lucide-react";
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
import type { CoreError, Room, RoomTimeline } from "@/core/model";
import { Button, IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { ErrorNotice } from "@/ui/Notice";
import { useEditing } from "./editing";
import { estimate } from "./estimate";
import { useGoTo } from "./goTo";
import { MessageRow } from "./MessageRow";
import { NamesProvider, usePeople } from "./names";
import { AT_END, usePinnedEnd } from "./pinnedEnd";
import { useReading } from "./reading";
import { buildRows } from "./rows";
import { DayRow, MoreRow, StartRow, UnreadRow } from "./TimelineRow";
import { useDeeds } from "./useDeeds";

/** So many rows from an end, the page beyond it is asked for. */
const REACH = 12;
/** How long what was refused is said. */
const REFUSED_MS = 8_000;

interface Props {
  room: Room;
  timeline: RoomTimeline;
  selfId: string;
}

/** The messages of one room, virtualised; mount it anew for another room. */
export function Timeline({ room, timeline, selfId }: Props) {
  const core = useCore();
  const { slug } = room;
  const online = useCoreState("connection", (s) => s.status === "online");
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [activeId, setActiveId] = useState<string | null>(null);
  const [refused, setRefused] = useState<CoreError | null>(null);
  const editing = useEditing((state) => state.targets[slug]);
  const { items, hasMore, hasNewer, loading, loadingNewer, error, originals } = timeline;
  const endInView = atEnd && !hasNewer;
  const reading = useReading(slug, endInView, timeline.lastSeq);
  const people = usePeople(slug, items);
  const rows = useMemo(
    () => buildRows({ items, hasMore, hasNewer, originals, seenSeq: reading.line, selfId }),
    [items, hasMore, hasNewer, originals, reading.line, selfId],
  );

  // What comes after a page that ends before the room does is read on from, not jumped past.
  const wasLive = useRef(!hasNewer);
  const virtual = useVirtualizer<HTMLDivElement, Element>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimate(rows[index], scroller.current?.clientWidth ?? 800),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
    anchorTo: "end",
    followOnAppend: wasLive.current && !hasNewer,
    scrollEndThreshold: AT_END,
    paddingEnd: 12,
  });
  useLayoutEffect(() => {
    wasLive.current = !hasNewer;
  }, [hasNewer]);
  useLayoutEffect(() => virtual.scrollToEnd(), [virtual]);

  const { content, onScroll, release } = usePinnedEnd(scroller, setAtEnd, !hasNewer);
  useEffect(() => core.messages.following(slug, endInView), [core, slug, endInView]);

  // The pages beyond, as an end comes near.
  const first = virtual.range?.startIndex ?? rows.length;
  const last = virtual.range?.endIndex ?? 0;
  useEffect(() => {
    if (!online || error) return;
    if (first <= REACH && hasMore && !loading) void core.messages.loadOlder(slug);
    if (last >= rows.length - REACH && hasNewer && !loadingNewer) void core.messages.loadNewer(slug);
  }, [first, last, rows.length, hasMore, hasNewer, loading, loadingNewer, error, online, core, slug]);

  const arrived = useCallback((id: string) => {
    setActiveId(id);
    requestAnimationFrame(() => rowOf(scroller.current, id)?.focus({ preventScroll: true }));
  }, []);
  const { goTo, found } = useGoTo({ slug, rows, virtual, release, arrived, refused: setRefused });
  const { deeds, overlay } = useDeeds(room, selfId, goTo, setRefused);
  useEffect(() => {
    if (!refused) return;
    const timer = setTimeout(() => setRefused(null), REFUSED_MS);
    return () => clearTimeout(timer);
  }, [refused]);

  // What is to be changed is brought into view.
  const editId = editing?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each message that is changed
  useEffect(() => {
    if (!editId || rowOf(scroller.current, editId)) return;
    const index = rows.findIndex((row) => row.kind === "message" && row.item.id === editId);
    if (index < 0) return;
    release();
    virtual.scrollToIndex(index, { align: "center" });
  }, [editId]);

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key === "Escape" && activeId) document.getElementById("composer")?.focus();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const shown = [...(scroller.current?.querySelectorAll<HTMLElement>("[data-message]") ?? [])];
    const at = shown.findIndex((row) => row.contains(document.activeElement));
    const next = at < 0 ? shown.at(-1) : shown[at + (event.key === "ArrowUp" ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    setActiveId(next.dataset.message ?? null);
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  const lineAt = rows.findIndex((row) => row.kind === "unread");
  const lineAbove = reading.line !== null && (lineAt < 0 || lineAt < first);
  const { t } = useTranslation();
  return (
    <NamesProvider people={people}>
      <div className="relative flex min-h-0 flex-1 flex-col">
        {reading.found > 0 && lineAbove && (
          <div className="flex min-h-9 items-center gap-1 border-accent border-b bg-accent-wash pr-1.5 pl-5 text-sm sm:pl-6">
            <span className="min-w-0 flex-1 truncate" role="status">
              {t("chat.unreadBar", { count: reading.found })}
            </span>
            <Button
              size="sm"
              kind="quiet"
              onClick={() => {
                reading.dismiss();
                goTo({ seq: (reading.line ?? 0) + 1 });
              }}
            >
              <ArrowUp size={15} aria-hidden />
              {t("chat.toUnread")}
            </Button>
            <IconButton label={t("chat.hideUnread")} size="sm" onClick={reading.dismiss}>
              <X size={16} aria-hidden />
            </IconButton>
          </div>
        )}
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
                        found={found === row.item.id}
                        editing={editing?.id === row.item.id ? editing : undefined}
                        deeds={deeds}
                      />
                    )}
                    {row.kind === "day" && <DayRow at={row.at} />}
                    {row.kind === "unread" && <UnreadRow />}
                    {row.kind === "start" && <StartRow title={room.title} empty={items.length === 0} />}
                    {row.kind === "older" && (
                      <MoreRow
                        newer={false}
                        error={error}
                        onRetry={() => void core.messages.loadOlder(slug)}
                      />
                    )}
                    {row.kind === "newer" && (
                      <MoreRow newer error={error} onRetry={() => void core.messages.loadNewer(slug)} />
                    )}
                  </div>
                );
              })}
            </div>
          </div>
        </section>
        {!endInView && (
          <Button
            className="pop absolute right-5 bottom-3 border border-line-strong bg-raised shadow-pop"
            onClick={() => goTo("latest")}
          >
            <ArrowDown size={16} aria-hidden />
            {reading.unread > 0 ? t("chat.newMessages", { count: reading.unread }) : t("chat.jump")}
          </Button>
        )}
        {refused && (
          <div className="pop absolute inset-x-3 bottom-3 z-2 mx-auto max-w-md rounded-lg border border-line-strong bg-raised shadow-pop">
            <ErrorNotice error={refused}>
              <Button size="sm" kind="quiet" onClick={() => setRefused(null)}>
                {t("action.dismiss")}
              </Button>
            </ErrorNotice>
          </div>
        )}
        {overlay}
      </div>
    </NamesProvider>
  );
}

function rowOf(scroller: HTMLElement | null, id: string): HTMLElement | null {
  return scroller?.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`) ?? null;
}
