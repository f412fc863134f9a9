import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { WAV_HEADER, wav } from "../e2e/support/wav";

export const RATE = 48_000;
/** The loudest sample of what is said, of 1. */
const PEAK = 0.5;
/** On each side of a sample of the voice's own rate. */
const TAPS = 16;

interface Talk {
  voice: string;
  sentences: string[];
  /** Between sentences, s. */
  pause: number;
  /** At the end, before it all begins again, s. */
  rest: number;
}

/** What people say. The talks differ in length, so that they alternate and overlap in turn. */
export const talks: Record<string, Talk> = {
  Boris: {
    voice: "en+m3",
    sentences: [
      "The keeper of the old lighthouse counted the ships each evening, and wrote down their names in a blue book.",
      "On stormy nights he rang the bell by hand until the morning came.",
    ],
    pause: 0.6,
    rest: 2.5,
  },
  Vera: {
    voice: "en+f2",
    sentences: [
      "My sister grows seven kinds of apples behind the mill, and she sells none of them.",
      "Whoever walks past may take what has fallen into the grass, she says, for the birds do the same.",
    ],
    pause: 0.4,
    rest: 4,
  },
};

/** Has espeak-ng say somebody's talk into a WAV file of 48 kHz, made to be looped. */
export function says(who: string, folder: string): string {
  const talk = talks[who];
  if (!talk) throw new Error(`${who} has nothing to say`);
  const silence = (seconds: number) => new Float32Array(Math.round(seconds * RATE));
  const parts = talk.sentences.flatMap((sentence) => [
    resampled(...pcmOf(execFileSync("espeak-ng", ["-v", talk.voice, "-s", "150", "--stdout", sentence]))),
    silence(talk.pause),
  ]);
  parts.push(silence(talk.rest));
  const file = join(folder, `${who}.wav`);
  writeFileSync(file, wavOf(parts));
  return file;
}

/** A file in which nothing is said. */
export function isQuiet(folder: string): string {
  const file = join(folder, "quiet.wav");
  writeFileSync(file, wavOf([new Float32Array(10 * RATE)]));
  return file;
}

/** The samples of a mono WAV of 16 bits, and its rate. A length of a stream's WAV says nothing. */
function pcmOf(wav: Buffer): [Float32Array, number] {
  const at = wav.indexOf("data") + 8;
  if (at < 8) throw new Error("espeak-ng made no WAV");
  const samples = new Float32Array(Math.floor((wav.length - at) / 2));
  for (let i = 0; i < samples.length; i++) samples[i] = wav.readInt16LE(at + 2 * i) / 32_768;
  return [samples, wav.readUInt32LE(24)];
}

/** Between samples by a windowed sinc: what a voice of 22 kHz has not, is not made up. */
export function resampled(from: Float32Array, rate: number): Float32Array {
  const to = new Float32Array(Math.floor((from.length * RATE) / rate));
  for (let i = 0; i < to.length; i++) {
    const x = (i * rate) / RATE;
    const first = Math.floor(x) - TAPS + 1;
    let sum = 0;
    for (let k = first; k < first + 2 * TAPS; k++) {
      const d = x - k;
      const sinc = d === 0 ? 1 : Math.sin(Math.PI * d) / (Math.PI * d);
      sum += (from[k] ?? 0) * sinc * (0.5 + 0.5 * Math.cos((Math.PI * d) / TAPS));
    }
    to[i] = sum;
  }
  return to;
}

function wavOf(parts: Float32Array[]): Buffer {
  const samples = parts.reduce((n, part) => n + part.length, 0);
  let loudest = 0;
  for (const part of parts) for (const x of part) loudest = Math.max(loudest, Math.abs(x));
  const gain = loudest > 0 ? (PEAK * 32_767) / loudest : 0;
  const file = wav(samples, RATE);
  let at = WAV_HEADER;
  for (const part of parts) for (const x of part) at = file.writeInt16LE(Math.round(x * gain), at);
  return file;
}
