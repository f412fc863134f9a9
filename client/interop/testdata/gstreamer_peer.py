"""A voice participant made of GStreamer's webrtcbin; see voice.py for how it is run."""
import array
import asyncio
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC

from voice import Meter, take_part

OPUS = "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000"
Direction = GstWebRTC.WebRTCRTPTransceiverDirection


def description(kind, sdp):
    _, message = GstSdp.SDPMessage.new_from_text(sdp)
    return GstWebRTC.WebRTCSessionDescription.new(getattr(GstWebRTC.WebRTCSDPType, kind), message)


class Peer:
    def __init__(self, hz):
        self.loop = asyncio.get_running_loop()
        self.meters, self.candidates = [], asyncio.Queue()
        self.pipe = Gst.parse_launch(
            f"webrtcbin name=pc bundle-policy=max-bundle "
            f"audiotestsrc is-live=true volume=0.12 freq={hz} ! audio/x-raw,rate=48000,channels=2 "
            f"! opusenc ! rtpopuspay pt=111 ! {OPUS} ! pc."
        )
        self.pc = self.pipe.get_by_name("pc")
        # The test is on one machine, and libnice leaves loopback out by itself. Kept,
        # because the agent's only reference is a floating one, which is Python's now.
        self.ice = self.pc.get_property("ice-agent")
        self.ice.emit("add-local-ip-address", "127.0.0.1")
        self.pc.connect("on-ice-candidate", self.found)
        self.pc.connect("pad-added", self.slot)

    async def ask(self, action, *args):
        """An action of webrtcbin, up to its promise's reply: the SDP of an offer, else
        None. It is read before the promise goes, which owns it."""
        done = self.loop.create_future()

        def change(promise):
            reply = promise.get_reply()
            offer = reply.get_value("offer") if reply and reply.has_field("offer") else None
            sdp = offer and offer.sdp.as_text()
            self.loop.call_soon_threadsafe(lambda: done.done() or done.set_result(sdp))

        self.pc.emit(action, *args, Gst.Promise.new_with_change_func(change))
        return await done

    async def offer(self, slots):
        self.pc.emit("get-transceiver", 0).set_property("direction", Direction.SENDONLY)
        for _ in range(slots):
            self.pc.emit("add-transceiver", Direction.RECVONLY, Gst.Caps.from_string(OPUS))
        self.pipe.set_state(Gst.State.PLAYING)
        sdp = await self.ask("create-offer", None)
        await self.ask("set-local-description", description("OFFER", sdp))
        return sdp

    async def answer(self, sdp):
        await self.ask("set-remote-description", description("ANSWER", sdp))

    async def candidate(self, candidate):
        if candidate:
            self.pc.emit("add-ice-candidate", candidate["sdpMLineIndex"] or 0, candidate["candidate"])

    def found(self, _, line, candidate):
        found = {"candidate": candidate, "sdpMLineIndex": line} if candidate else None
        self.loop.call_soon_threadsafe(self.candidates.put_nowait, found)

    def slot(self, _, pad):
        """Each slot's pad appears with its first packet, in a streaming thread."""
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        out = Gst.parse_bin_from_description(
            "rtpopusdepay ! opusdec ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1 "
            "! appsink name=sink emit-signals=true sync=false",
            True,
        )
        meter = Meter()
        out.get_by_name("sink").connect("new-sample", self.heard, meter)
        self.pipe.add(out)
        out.sync_state_with_parent()
        pad.link(out.get_static_pad("sink"))
        self.loop.call_soon_threadsafe(self.meters.append, meter)

    def heard(self, sink, meter):
        buffer = sink.emit("pull-sample").get_buffer()
        pcm = array.array("h", buffer.extract_dup(0, buffer.get_size()))
        self.loop.call_soon_threadsafe(meter.take, pcm)
        return Gst.FlowReturn.OK


async def main():
    Gst.init(None)
    await take_part("gstreamer", Peer(float(sys.argv[3])))


asyncio.run(main())
