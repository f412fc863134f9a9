import type { Clock } from "../platform";
import { toDbfs } from "./level";
import type { Microphone } from "./microphone";

const PERIOD_MS = 33;

/**
 * Holds the microphone and tells its level before the gate, in dBFS, 30 times
 * a second until the returned stop. Rejects when there is no microphone.
 */
export async function meter(
  clock: Clock,
  microphone: Microphone,
  listener: (dbfs: number) => void,
): Promise<() => void> {
  const release = await microphone.hold();
  const stop = clock.every(PERIOD_MS, () => listener(toDbfs(microphone.inputLevel())));
  return () => {
    stop();
    release();
  };
}
