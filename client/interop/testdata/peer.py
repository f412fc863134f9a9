"""A voice participant made of aiortc: speaks the contract, sends a tone and
measures the one it hears.

usage: peer.py URL ROOM SEND_HZ
Prints one JSON object: {"hz": heard, "level": root mean square of 32767}
"""
import array
import asyncio
import fractions
import json
import math
import sys
import time
import urllib.request

import aiohttp
import aioice.ice
import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

# The test is on one machine: no other address is needed, and none may exist.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

RATE = 48000
FRAME = 960


def call(url, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers)) as res:
        return json.load(res)


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
            "h", (int(12000 * math.sin(2 * math.pi * self.hz * (self.n + i) / RATE)) for i in range(FRAME))
        )
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.n, fractions.Fraction(1, RATE)
        self.n += FRAME
        return frame


async def listen(track, heard):
    """Measures one second of sound, after half a second of it."""
    loud, left = 0, array.array("h")
    while len(left) < RATE:
        frame = await track.recv()
        pcm = array.array("h", bytes(frame.planes[0])[: frame.samples * 4])[::2]
        if max(pcm) < 1000 and not left:
            continue
        loud += 1
        if loud > 25:
            left.extend(pcm)
    crossings = sum(1 for a, b in zip(left, left[1:]) if a < 0 <= b)
    level = math.sqrt(sum(v * v for v in left) / len(left))
    if not heard.done():
        heard.set_result({"hz": crossings * RATE / len(left), "level": level})


async def main(base, room, hz):
    token = call(base + "/v1/auth/guest", {"name": "aiortc"})["token"]
    ticket = call(base + "/v1/auth/ws-ticket", token=token)["ticket"]
    heard = asyncio.get_running_loop().create_future()
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    listeners = []
    pc.on("track", lambda t: listeners.append(asyncio.ensure_future(listen(t, heard))))

    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(base + "/v1/realtime/ws?ticket=" + ticket) as ws:

            async def send(kind, payload):
                await ws.send_str(json.dumps({"type": kind, "requestId": kind, "payload": payload}))

            async def read():
                async for message in ws:
                    event = json.loads(message.data)
                    payload = event.get("payload")
                    if event["type"] == "server.ready":
                        await send("voice.join", {"roomSlug": room, "muted": False, "deafened": False})
                    elif event["type"] == "voice.joined":
                        pc.addTransceiver(Tone(hz), direction="sendonly")
                        for _ in range(payload["sfu"]["audioSlots"]):
                            pc.addTransceiver("audio", direction="recvonly")
                        await pc.setLocalDescription(await pc.createOffer())
                        await send("sfu.offer", {"epoch": payload["epoch"], "sdp": pc.localDescription.sdp})
                    elif event["type"] == "sfu.answer":
                        await pc.setRemoteDescription(RTCSessionDescription(payload["sdp"], "answer"))
                    elif event["type"] in ("nack", "error"):
                        raise RuntimeError(event)
                raise RuntimeError("the server closed the socket")

            reader = asyncio.ensure_future(read())
            await asyncio.wait([reader, heard], timeout=25, return_when=asyncio.FIRST_COMPLETED)
            if reader.done():
                reader.result()
            if not heard.done():
                raise RuntimeError(f"nothing heard; ICE {pc.iceConnectionState}, connection {pc.connectionState}")
            await asyncio.sleep(2)  # the others are still listening
            await send("voice.leave", {})
            reader.cancel()
    await pc.close()
    print(json.dumps(heard.result()))


asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
