import { measure, toDbfs } from "../audio/level";
import type { Microphone } from "../audio/microphone";
import type { Speakers } from "../audio/speakers";
import { CoreError } from "../model";
import type { Platform } from "../platform";

const WINDOW = 1024;

/** The microphone as it is, whatever the call makes of it: muted, or waiting for a key. */
export interface Tap {
  stream: MediaStream;
  /** dBFS, -100..0. */
  level(): number;
  close(): void;
}

/** Holds the microphone; rejects with a Microphone… CoreError. */
export async function openTap(platform: Platform, microphone: Microphone, speakers: Speakers): Promise<Tap> {
  const release = await microphone.hold();
  const track = microphone.deviceTrack?.clone();
  if (!track) {
    release();
    throw new CoreError("Unknown", "the microphone was closed");
  }
  track.enabled = true;
  const stream = platform.createMediaStream([track]);
  const { context, release: letGo } = speakers.hold();
  const source = context.createMediaStreamSource(stream);
  const analyser = context.createAnalyser();
  analyser.fftSize = WINDOW;
  source.connect(analyser);
  const buffer = new Float32Array(WINDOW);
  return {
    stream,
    level: () => toDbfs(measure(analyser, buffer).rms),
    close() {
      source.disconnect();
      track.stop();
      letGo();
      release();
    },
  };
}
