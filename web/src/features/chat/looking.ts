import { useSyncExternalStore } from "react";

const now = () => document.visibilityState === "visible" && document.hasFocus();

/** Whether somebody looks at this page: it is in sight and has the focus. */
export function useLooking(): boolean {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener("focus", changed);
      window.addEventListener("blur", changed);
      document.addEventListener("visibilitychange", changed);
      return () => {
        window.removeEventListener("focus", changed);
        window.removeEventListener("blur", changed);
        document.removeEventListener("visibilitychange", changed);
      };
    },
    now,
    () => true,
  );
}
