import { useCallback, useRef, useState } from "react";
import { CoreError } from "@/core/model";

/** Anything thrown, as a coded error. */
export function asCoreError(thrown: unknown): CoreError {
  return thrown instanceof CoreError
    ? thrown
    : new CoreError("Unknown", thrown instanceof Error ? thrown.message : String(thrown));
}

/**
 * Runs one asynchronous command at a time and keeps whether it runs and the
 * error of the last run. `run` answers whether it went well.
 */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CoreError | null>(null);
  const running = useRef(false);
  const run = useCallback(async (command: () => Promise<unknown>): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await command();
      return true;
    } catch (thrown) {
      setError(asCoreError(thrown));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  return { busy, error, run, clear: useCallback(() => setError(null), []) };
}
