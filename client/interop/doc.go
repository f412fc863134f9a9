// Package interop has no code of its own: its tests let WebRTC stacks that were
// written elsewhere talk through a real server with our client, and with each
// other. Each sends a tone of its own and measures the tones that it hears.
//
// What each does in its own way, and where that is met (Debian 12, Chromium
// 156, Firefox ESR 153, aiortc 1.4, GStreamer 1.22, pion/webrtc 4.2):
//
//	Chromium    Its transport-cc, abs-send-time, RED and telephone-event are
//	            offered and not answered. SSRCs stand in the offer; the CSRC and
//	            RFC 6464 level that the server writes show in
//	            getContributingSources. No estimatedPlayoutTimestamp without a
//	            video to be in step with, and no roundTripTime in
//	            remote-outbound-rtp without RTCP XR (RFC 3611 section 4.5).
//	Firefox     Opus is payload type 109 (offer.go takes whatever number the line
//	            gives it). It makes no pair of a loopback and another address,
//	            and offers no loopback address of its own, so that the server
//	            has to listen on all addresses in tests. Plays only when there is
//	            a sound server; what came before it plays is worked off in the
//	            first seconds, during which its jitter buffer reads long.
//	aiortc      No trickling: the offer has all its candidates. No mid
//	            extension, so that its stream is known by a=ssrc (link.go).
//	            Decrypts with AES-CM only (the server's order of profiles
//	            leaves it that, transport/dtls.go).
//	webrtcbin   a=rtpmap says OPUS/48000, without channels, when its caps do not
//	            name them (offer.go, rtpmap). No RFC 6464 level and no mid
//	            extension: who speaks is told from the sizes of packets
//	            (inbound.go), whose stream it is from a=ssrc. A slot's
//	            pad comes with the slot's first packet.
//	pion        With its default codecs it does not take an answer with a
//	            rejected video line whose format has no a=rtpmap (answer.go,
//	            line). AddTrack makes a sendrecv line: it is the microphone, and
//	            no slot.
package interop
