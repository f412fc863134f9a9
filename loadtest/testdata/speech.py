#!/usr/bin/env python3
"""Makes speech.trace: what an Opus encoder makes of spoken sentences.

Needs espeak-ng and libopus (Debian: espeak-ng libopus0). Run it in this
folder: ./speech.py

Each sentence is spoken by espeak-ng, resampled to 48 kHz, given half a second
of faint noise at its end, and encoded in 20 ms frames as a browser would: VoIP,
mono, 32 kbit/s, DTX, in-band FEC. The trace has for each sentence the number of
its frames (16 bits, big endian) and for each frame two bytes: the packet's size
(0: DTX, nothing is sent) and its audio level in -dBov (RFC 6464).
"""
import array, ctypes, math, random, struct, subprocess

SENTENCES = [
    ("en+m3", "Good morning everybody, shall we begin?"),
    ("en+f2", "Yes, I think we are all here now."),
    ("en-us+m1", "Right. Has anybody had a look at the numbers from last night, because they are not what I expected?"),
    ("en+f4", "Mm-hm."),
    ("en+m7", "I did, and, well, it is better than it looks. Most of it was one machine that had run out of memory."),
    ("en+f2", "Which one?"),
    ("en+m3", "The old one, of course. We said that we would replace it in the spring, and here we are."),
    ("en-us+f3", "Okay."),
    ("en+f4", "Can I say something about that? I could do it on Thursday, if somebody takes my part of the review."),
    ("en-us+m1", "I will. Send me the list."),
    ("en+m7", "No, wait, wait."),
    ("en-us+f3", "There is one more thing. When the second room was opened, people heard each other only after a moment; "
                 "has that been seen by anybody else?"),
    ("en+m3", "Yes."),
    ("en+f2", "I have seen it twice, both times right after joining, and then never again for the rest of the day."),
    ("en+m7", "Then let us measure it, and not guess."),
    ("en-us+f3", "Agreed."),
]
RATE, FRAME = 48000, 960

opus = ctypes.CDLL("libopus.so.0")
opus.opus_encoder_create.restype = ctypes.c_void_p
err = ctypes.c_int()


def ctl(enc, request, value):
    if opus.opus_encoder_ctl(ctypes.c_void_p(enc), ctypes.c_int(request), ctypes.c_int(value)) != 0:
        raise SystemExit(f"opus_encoder_ctl {request}")


def speak(voice, text):
    wav = subprocess.run(["espeak-ng", "-v", voice, "-s", "165", "--stdout", text], check=True, capture_output=True).stdout
    at = wav.index(b"data") + 8
    rate = struct.unpack_from("<I", wav, 24)[0]
    pcm = array.array("h", wav[at:at + (len(wav) - at) // 2 * 2])
    n = len(pcm) * RATE // rate
    out = []
    for i in range(n):  # linear interpolation will do for sizes
        x = i * rate / RATE
        k = int(x)
        nxt = pcm[min(k + 1, len(pcm) - 1)]
        out.append(pcm[k] + (nxt - pcm[k]) * (x - k))
    return out


def main():
    rng = random.Random(4)
    trace = b""
    for voice, text in SENTENCES:
        pcm = speak(voice, text) + [0.0] * (RATE // 2)
        pcm += [0.0] * (-len(pcm) % FRAME)
        pcm = array.array("h", (max(-32768, min(32767, int(v * 0.7 + rng.gauss(0, 4)))) for v in pcm))
        enc = opus.opus_encoder_create(RATE, 1, 2048, ctypes.byref(err))  # OPUS_APPLICATION_VOIP
        ctl(enc, 4002, 32000)  # bitrate
        ctl(enc, 4012, 1)      # in-band FEC
        ctl(enc, 4014, 5)      # expected loss, percent
        ctl(enc, 4016, 1)      # DTX
        frames = b""
        for i in range(0, len(pcm), FRAME):
            part = pcm[i:i + FRAME]
            buf = (ctypes.c_ubyte * 1500)()
            size = opus.opus_encode(ctypes.c_void_p(enc), (ctypes.c_short * FRAME)(*part), FRAME, buf, 1500)
            if size < 0:
                raise SystemExit("opus_encode")
            rms = math.sqrt(sum(v * v for v in part) / FRAME) / 32768
            level = min(127, round(-20 * math.log10(rms))) if rms > 0 else 127
            frames += bytes([0 if size <= 2 else min(size, 255), level])
        opus.opus_encoder_destroy(ctypes.c_void_p(enc))
        trace += struct.pack(">H", len(frames) // 2) + frames
    with open("speech.trace", "wb") as f:
        f.write(trace)
    print(len(trace), "bytes")


main()
