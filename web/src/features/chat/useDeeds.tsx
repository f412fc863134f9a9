import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import type { CoreError, JumpTarget, Room, TimelineItem } from "@/core/model";
import { copyText } from "@/ui/copyText";
import { useCore } from "@/ui/core";
import { asCoreError } from "@/ui/useAction";
import type { Deeds } from "./deeds";
import { useEditing, windowLeft } from "./editing";
import { useReply } from "./reply";

const EmojiPicker = lazy(() => import("./EmojiPicker").then((m) => ({ default: m.EmojiPicker })));
const MessageSheet = lazy(() => import("./MessageSheet").then((m) => ({ default: m.MessageSheet })));
const DeleteDialog = lazy(() => import("./DeleteDialog").then((m) => ({ default: m.DeleteDialog })));

type Over =
  | { kind: "remove"; item: TimelineItem }
  | { kind: "sheet"; item: TimelineItem }
  | { kind: "pick"; item: TimelineItem; at: HTMLElement | null };

const toComposer = () => document.getElementById("composer")?.focus();

/** What can be done to the messages of a room, what lies over it meanwhile, and what was refused last. */
export function useDeeds(
  room: Room,
  selfId: string,
  goTo: (target: JumpTarget) => void,
  refused: (error: CoreError) => void,
) {
  const core = useCore();
  const { slug } = room;
  const setReply = useReply((state) => state.set);
  const setEditing = useEditing((state) => state.set);
  const [over, setOver] = useState<Over | null>(null);

  const deeds = useMemo((): Deeds => {
    const { messages } = core;
    const failed = (reason: unknown) => refused(asCoreError(reason));
    return {
      reply: (item) => {
        setReply(slug, item);
        toComposer();
      },
      edit: (item) => {
        if (item.userId === selfId && windowLeft(item, Date.now()) > 0) setEditing(slug, { id: item.id });
      },
      remove: (item) => setOver({ kind: "remove", item }),
      react: (item, emoji, on) => void messages.react(slug, item.id, emoji, on).catch(failed),
      pick: (item, at) => setOver({ kind: "pick", item, at }),
      copy: (item) => void copyText(item.text),
      sheet: (item) => setOver({ kind: "sheet", item }),
      save: (item, text) => {
        if (text === "") {
          setEditing(slug, undefined);
          setOver({ kind: "remove", item });
          return;
        }
        setEditing(slug, undefined);
        toComposer();
        if (text === item.text) return;
        messages
          .edit(slug, item.id, text)
          .catch((reason: unknown) => setEditing(slug, { id: item.id, text, error: asCoreError(reason) }));
      },
      cancelEdit: () => {
        setEditing(slug, undefined);
        toComposer();
      },
      jump: (messageId) => goTo({ messageId }),
      loadOriginal: (messageId) => messages.loadOriginal(slug, messageId),
      retry: (key) => messages.retry(slug, key),
      discard: (key) => messages.discard(slug, key),
    };
  }, [core, slug, selfId, goTo, refused, setReply, setEditing]);

  const close = useCallback(() => setOver(null), []);
  const overlay = over && (
    <Suspense>
      {over.kind === "remove" && (
        <DeleteDialog
          item={over.item}
          onClose={close}
          onDelete={() => {
            close();
            core.messages.remove(slug, over.item.id).catch((reason: unknown) => refused(asCoreError(reason)));
          }}
        />
      )}
      {over.kind === "sheet" && (
        <MessageSheet
          item={over.item}
          deeds={deeds}
          onClose={close}
          onPick={() => setOver({ kind: "pick", item: over.item, at: null })}
        />
      )}
      {over.kind === "pick" && (
        <EmojiPicker
          at={over.at}
          onClose={close}
          onPick={(emoji) => {
            close();
            const mine = over.item.reactions.some((one) => one.emoji === emoji && one.mine);
            if (!mine) deeds.react(over.item, emoji, true);
          }}
        />
      )}
    </Suspense>
  );
  return { deeds, overlay };
}
