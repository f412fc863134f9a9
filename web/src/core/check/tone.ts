import type { Speakers } from "../audio/speakers";

/** Loud enough to count as sound on the server, far from full scale. */
const LOUDNESS = 0.1;
const PITCH_HZ = 440;

export interface Tone {
  track: MediaStreamTrack;
  /** Whether it sounds: a browser that wants a click first lets nothing run. */
  sounds(): boolean;
  close(): void;
}

/** A tone to send, which nobody hears. */
export function makeTone(speakers: Speakers): Tone {
  const { context, release } = speakers.hold();
  const source = context.createOscillator();
  const level = context.createGain();
  const destination = context.createMediaStreamDestination();
  source.frequency.value = PITCH_HZ;
  level.gain.value = LOUDNESS;
  source.connect(level).connect(destination);
  source.start();
  const [track] = destination.stream.getAudioTracks();
  if (!track) throw new Error("no track to send");
  return {
    track,
    sounds: () => context.state === "running",
    close() {
      source.stop();
      level.disconnect();
      track.stop();
      release();
    },
  };
}
