import { toDbfs } from "../audio/level";
import type { Speakers } from "../audio/speakers";
import { CoreError } from "../model";
import type { Platform } from "../platform";
import type { Scope } from "../scope";
import { waits } from "./path";

/** What was recorded, ready to be played. */
export interface Recording {
  buffer: AudioBuffer;
  /** The loudest sample, dBFS. */
  peakDbfs: number;
}

/** Records a stream for `ms`, or until the scope ends. */
export async function record(
  platform: Platform,
  speakers: Speakers,
  stream: MediaStream,
  ms: number,
  scope: Scope,
): Promise<Recording> {
  const recorder = platform.createRecorder(stream);
  const chunks: Blob[] = [];
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  const ended = new Promise<void>((resolve, reject) => {
    recorder.onstop = () => resolve();
    recorder.onerror = () => reject(new CoreError("MicrophoneBusy", "the recording broke off"));
  });
  recorder.start();
  await waits(scope, ms);
  recorder.stop();
  await ended;
  const { context, release } = speakers.hold();
  try {
    const buffer = await context.decodeAudioData(await new Blob(chunks).arrayBuffer());
    let peak = 0;
    for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
      for (const sample of buffer.getChannelData(channel)) peak = Math.max(peak, Math.abs(sample));
    }
    return { buffer, peakDbfs: toDbfs(peak) };
  } catch (reason) {
    throw new CoreError("Unknown", `the recording cannot be played: ${String(reason)}`);
  } finally {
    release();
  }
}

/** Plays a recording to its end, or to the scope's. */
export function play(speakers: Speakers, { buffer }: Recording, scope: Scope): Promise<void> {
  const { context, release } = speakers.hold();
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  const ended = new Promise<void>((resolve) => {
    source.onended = () => resolve();
  });
  source.start();
  const forget = scope.add(() => source.stop());
  return ended.finally(() => {
    forget();
    release();
  });
}
