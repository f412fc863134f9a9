"""A voice participant made of aiortc; see voice.py for how it is run."""
import array
import asyncio
import fractions
import math
import sys
import time

import aioice.ice
import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from voice import RATE, Meter, take_part

# The test is on one machine: no other address is needed, and none may exist.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

FRAME = 960


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self, hz):
        super().__init__()
        self.hz, self.n, self.begin = hz, 0, None

    async def recv(self):
        if self.begin is None:
            self.begin = time.time()
        await asyncio.sleep(max(0, self.begin + self.n / RATE - time.time()))
        samples = array.array(
            "h", (int(4000 * math.sin(2 * math.pi * self.hz * (self.n + i) / RATE)) for i in range(FRAME))
        )
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.n, fractions.Fraction(1, RATE)
        self.n += FRAME
        return frame


class Peer:
    def __init__(self, hz):
        self.hz, self.meters, self.listeners = hz, [], []
        self.candidates = asyncio.Queue()  # stays empty: aiortc gathers before it offers
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pc.on("track", lambda track: self.listeners.append(asyncio.ensure_future(self.listen(track))))

    async def offer(self, slots):
        self.pc.addTransceiver(Tone(self.hz), direction="sendonly")
        for _ in range(slots):
            self.pc.addTransceiver("audio", direction="recvonly")
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return self.pc.localDescription.sdp

    async def answer(self, sdp):
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def candidate(self, candidate):
        pass  # the answer had them all

    async def listen(self, track):
        meter = Meter()
        self.meters.append(meter)
        while True:
            frame = await track.recv()  # stereo
            meter.take(array.array("h", bytes(frame.planes[0])[: frame.samples * 4])[::2])


async def main():
    await take_part("aiortc", Peer(float(sys.argv[3])))


asyncio.run(main())
