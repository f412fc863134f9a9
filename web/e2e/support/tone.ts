import { writeFileSync } from "node:fs";
import { WAV_HEADER, wav } from "./wav";

const RATE = 48_000;

/** Writes a mono WAV of a steady tone that loops without a seam. */
export function writeTone(path: string, hz: number, seconds = 10): void {
  const samples = RATE * seconds; // whole hertz: whole periods in whole seconds
  const file = wav(samples, RATE);
  for (let i = 0; i < samples; i++) {
    file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * hz * i) / RATE)), WAV_HEADER + i * 2);
  }
  writeFileSync(path, file);
}
