/** How long the header of a WAV file is, in bytes. */
export const WAV_HEADER = 44;

/** The header of a mono WAV file of so many samples of 16 bits, and room for them behind it. */
export function wav(samples: number, rate: number): Buffer {
  const file = Buffer.alloc(WAV_HEADER + samples * 2);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(samples * 2, 40);
  return file;
}
