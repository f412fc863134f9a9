import type { Virtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useState } from "react";
import { CoreError, type JumpTarget } from "@/core/model";
import { useCore } from "@/ui/core";
import { asCoreError } from "@/ui/useAction";
import { useJump } from "./jump";
import type { Row } from "./rows";

/** How long a message is marked that was jumped to; the animation in index.css. */
const FOUND_MS = 2_400;

/** Stands for the end in place of a message's id. */
const END = "end";

interface Going {
  slug: string;
  rows: Row[];
  virtual: Virtualizer<HTMLDivElement, Element>;
  /** The reader leaves the end on purpose. */
  release: () => void;
  arrived: (messageId: string) => void;
  refused: (error: CoreError) => void;
}

/** Leads the timeline to a message, a date or the end; the message is marked and in focus. */
export function useGoTo({ slug, rows, virtual, release, arrived, refused }: Going) {
  const core = useCore();
  const [goal, setGoal] = useState<string | null>(null);
  const [found, setFound] = useState<string | null>(null);
  const wanted = useJump((j) => (j.wanted?.slug === slug ? j.wanted : null));

  const goTo = useCallback(
    (target: JumpTarget) => {
      core.messages.jump(slug, target).then(
        (id) => {
          if (target === "latest") setGoal(END);
          else if (id) setGoal(id);
          else refused(new CoreError("MessageNotFound", "it is not there any more"));
        },
        (reason: unknown) => refused(asCoreError(reason)),
      );
    },
    [core, slug, refused],
  );
  useEffect(() => {
    if (!wanted) return;
    useJump.getState().taken();
    goTo(wanted.target);
  }, [wanted, goTo]);

  useLayoutEffect(() => {
    if (!goal) return;
    if (goal === END) {
      setGoal(null);
      virtual.scrollToEnd();
      return;
    }
    const index = rows.findIndex((row) => row.kind === "message" && row.item.id === goal);
    if (index < 0) return;
    setGoal(null);
    setFound(goal);
    release();
    virtual.scrollToIndex(index, { align: "center" });
    arrived(goal);
  }, [goal, rows, virtual, release, arrived]);
  useEffect(() => {
    if (!found) return;
    const timer = setTimeout(() => setFound(null), FOUND_MS);
    return () => clearTimeout(timer);
  }, [found]);

  return { goTo, found };
}
