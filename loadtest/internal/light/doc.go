// Package light is the media of many WebRTC clients for the price of few.
//
// The clients are those of package client: they signal, find their path (ICE)
// and agree on keys (DTLS) with pion/webrtc, each over a UDP socket of its own.
// But the socket belongs to an Engine: it gives STUN and DTLS to Pion (RFC
// 7983) and takes RTP and RTCP itself, with keys that it derives beside Pion's
// (RFC 5764), in one loop over all sockets, without a goroutine, a copy or an
// allocation a packet.
//
// It works on Linux, whose kernel says when each packet was received; elsewhere
// New fails.
package light
