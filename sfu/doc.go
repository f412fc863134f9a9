// Package sfu relays voice: peers with audio slots, rooms that choose who is
// heard, and the rewriting that keeps each slot one continuous RTP stream
// (RFC 3550) while the speaker in it changes.
//
// It knows no JSON, no HTTP and no database. The sockets, ICE, DTLS and SRTP
// beneath it are in internal/transport, the pure rewriting in internal/rtpmap.
package sfu
