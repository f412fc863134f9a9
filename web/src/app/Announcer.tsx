import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { findRoom } from "@/features/rooms/tree";
import { useCore } from "@/ui/core";

/** Tells screen readers of new messages in the open room and of changes in one's voice. */
export function Announcer() {
  const core = useCore();
  const { t } = useTranslation();
  const [message, setMessage] = useState("");
  const [voice, setVoice] = useState("");
  const lastSeq = useRef<Record<string, number>>({});

  useEffect(() => {
    return core.chat.subscribe((state) => {
      const slug = core.rooms.getState().active;
      const timeline = slug ? state.timelines[slug] : undefined;
      const last = timeline?.items.findLast((item) => item.state === "sent");
      if (!slug || !timeline?.loaded || !last) return;
      const before = lastSeq.current[slug];
      // Not the loaded part's end: that moves when older messages are read too.
      lastSeq.current[slug] = timeline.lastSeq;
      if (before === undefined || timeline.lastSeq <= before || last.roomSeq < timeline.lastSeq) return;
      if (last.userId !== core.account.getState().user?.id)
        setMessage(t("chat.said", { name: last.userName, text: last.text }));
    });
  }, [core, t]);

  useEffect(() => {
    return core.voice.subscribe((now, before) => {
      const up = (status: string) => status === "connected" || status === "reconnecting";
      if (up(now.status) !== up(before.status)) {
        if (up(now.status))
          setVoice(
            t("voice.youJoined", {
              room: findRoom(core.rooms.getState().tree, now.roomSlug)?.title ?? now.roomSlug,
            }),
          );
        else if (now.status === "idle" || now.status === "leaving") setVoice(t("voice.youLeft"));
        return;
      }
      if (now.muted !== before.muted) setVoice(t(now.muted ? "voice.mutedSay" : "voice.unmutedSay"));
      if (!up(now.status) || now.participants === before.participants || now.roomSlug !== before.roomSlug)
        return;
      const joined = now.participants.find(
        (p) => !p.self && !before.participants.some((b) => b.userId === p.userId),
      );
      const left = before.participants.find(
        (b) => !b.self && !now.participants.some((p) => p.userId === b.userId),
      );
      if (joined) setVoice(t("voice.joinedSay", { name: joined.userName }));
      else if (left) setVoice(t("voice.leftSay", { name: left.userName }));
    });
  }, [core, t]);

  return (
    <>
      <div className="sr-only" aria-live="polite" data-testid="announce-messages">
        {message}
      </div>
      <div className="sr-only" aria-live="polite" data-testid="announce-voice">
        {voice}
      </div>
    </>
  );
}
