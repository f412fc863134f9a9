"""The contract's voice part, for peers that are written in Python.

A peer is run as: PEER URL ROOM HZ. It joins the room's voice, sends a tone of
HZ, and says twice a second which tones it hears, as a line {"heard": [Hz...]}.
It stays until its standard input ends.
"""
import array
import asyncio
import json
import os
import sys
import time
import urllib.request

import aiohttp

RATE = 48000
LOUD = 300  # of 32767: what counts as sound
STALE = 1.5  # seconds without a packet after which a slot is silent; a busy machine has gaps


def call(url, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers)) as res:
        return json.load(res)


class Meter:
    """Measures the tone of one slot, over its last half second."""

    def __init__(self):
        self.pcm, self.at = array.array("h"), 0.0

    def take(self, pcm):
        """pcm: 16-bit mono samples at RATE."""
        if time.monotonic() - self.at > STALE:
            self.pcm = array.array("h")
        self.at = time.monotonic()
        self.pcm = (self.pcm + pcm)[-RATE // 2 :]

    def hz(self):
        """The frequency, or None without half a second of sound up to now."""
        pcm = self.pcm
        if len(pcm) < RATE // 2 or time.monotonic() - self.at > STALE:
            return None
        if max(pcm[: RATE // 20]) < LOUD or max(pcm[-RATE // 20 :]) < LOUD:
            return None
        rises = [i - b / (b - a) for i, (a, b) in enumerate(zip(pcm, pcm[1:]), 1) if a < 0 <= b]
        if len(rises) < 2:
            return None
        return (len(rises) - 1) * RATE / (rises[-1] - rises[0])


class Failed(Exception):
    pass


async def take_part(name, peer):
    """Runs a peer: offer(slots), which gives an SDP, answer(sdp), candidate(candidate or
    None) and meters; whatever it puts into its queue `candidates` is trickled. Ends the
    process."""
    base, room = sys.argv[1:3]
    token = call(base + "/v1/auth/guest", {"name": name})["token"]
    ticket = call(base + "/v1/auth/ws-ticket", token=token)["ticket"]
    epoch, offered = None, asyncio.Event()

    async with aiohttp.ClientSession() as http, http.ws_connect(base + "/v1/realtime/ws?ticket=" + ticket) as ws:

        async def send(kind, payload):
            await ws.send_str(json.dumps({"type": kind, "requestId": kind, "payload": payload}))

        async def read():
            nonlocal epoch
            async for message in ws:
                event = json.loads(message.data)
                kind, payload = event["type"], event.get("payload")
                if kind == "server.ready":
                    await send("voice.join", {"roomSlug": room, "muted": False, "deafened": False})
                elif kind == "voice.joined":
                    epoch = payload["epoch"]
                    await send("sfu.offer", {"epoch": epoch, "sdp": await peer.offer(payload["sfu"]["audioSlots"])})
                    offered.set()
                elif kind == "sfu.answer":
                    await peer.answer(payload["sdp"])
                elif kind == "sfu.ice":
                    await peer.candidate(payload["candidate"])
                elif kind in ("nack", "error"):
                    raise Failed(event)
            raise Failed("the server closed the socket")

        async def trickle():
            await offered.wait()
            while True:
                await send("sfu.ice", {"epoch": epoch, "candidate": await peer.candidates.get()})

        async def tell():
            while True:
                await asyncio.sleep(0.5)
                heard = [round(hz, 1) for hz in (m.hz() for m in peer.meters) if hz is not None]
                print(json.dumps({"heard": heard}), flush=True)

        ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        work = [asyncio.ensure_future(f()) for f in (read, trickle, tell)]
        await asyncio.wait([ended, *work], return_when=asyncio.FIRST_COMPLETED)
        for w in work:
            if w.done():
                w.result()
            w.cancel()
        await send("voice.leave", {})
    # Not every stack ends its threads each time it is asked to.
    os._exit(0)
