// Package interop has no code of its own: its tests let WebRTC stacks that were
// written elsewhere talk through a real server with our client, and with each
// other. Each sends a tone of its own and measures the tones that it hears.
//
// What each does in its own way, and where that is met (Chromium 156, Firefox
// ESR 153, aiortc 1.4, GStreamer 1.22, pion/webrtc 4.2):
//
//	Chromium    Opus is payload type 111. It names the SSRC of its microphone
//	            in the offer. getContributingSources shows the CSRC that the
//	            server writes, and the level once RFC 6464 is answered. Without
//	            a video to be in step with there is no
//	            estimatedPlayoutTimestamp, and without RTCP XR (RFC 3611
//	            section 4.5) no roundTripTime in remote-outbound-rtp.
//	Firefox     Opus is payload type 109 (sfu/offer.go, rtpmap: whatever number
//	            the line gives it). All lines but the first have port 0, which
//	            with a=bundle-only is no refusal (offer.go, parseLine), and a
//	            direction stands on the session too. Some extensions have a
//	            direction in their number (extmap). Pairs no loopback address
//	            with another and has none of its own: a server that is to be
//	            reached on its own machine has to listen on all addresses. Plays
//	            only where there is a sound server; its jitter buffer is long
//	            until it has worked off what came before it played.
//	aiortc      Opus is payload type 96. Does not trickle, and gathers for each
//	            line though they are bundled: the first's candidates are used,
//	            as are its ICE credentials (offer.go, parseTransport). Names an
//	            SSRC on receiving lines too, which is nobody's voice.
//	webrtcbin   A slot's line says OPUS/48000, without the channels, when the
//	            caps it was made of do (offer.go, rtpmap). As Firefox, it has
//	            port 0 with a=bundle-only. No RFC 6464 level and no mid
//	            extension: who speaks is told from the size of packets (sfu/room.go,
//	            relay), whose they are from a=ssrc (sfu/link.go, trackOf).
//	            Offers transport-cc feedback without the header extension that
//	            it is about, which is then none. A slot's pad comes with the
//	            slot's first packet.
//	pion        Refuses an answer whose rejected line has a format without an
//	            a=rtpmap, as its default video line has (sfu/answer.go, line).
//	            AddTrack makes a sendrecv line: it is a microphone, and no slot.
package interop
