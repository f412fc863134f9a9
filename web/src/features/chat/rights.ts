import { useEffect, useState } from "react";
import type { TimelineItem } from "@/core/model";
import { useRole } from "@/features/account";
import { useCoreState } from "@/ui/core";
import { isStored, windowLeft } from "./editing";

export interface Rights {
  edit: boolean;
  remove: boolean;
}

/** What we may do to a message now; it changes by itself when its ten minutes are over. */
export function useRights(item: TimelineItem): Rights {
  const own = useCoreState("account", (a) => a.user?.id === item.userId);
  const moderator = useRole("moderator");
  const [now, setNow] = useState(Date.now);
  const left = windowLeft(item, now);
  useEffect(() => {
    if (!own || left <= 0) return;
    const timer = setTimeout(() => setNow(Date.now()), left + 50);
    return () => clearTimeout(timer);
  }, [own, left]);
  const stored = isStored(item);
  return { edit: stored && own && left > 0, remove: stored && (moderator || (own && left > 0)) };
}
