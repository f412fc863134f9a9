// Package rtpmap is the pure rewriting beneath an audio slot: which sequence
// number and timestamp a packet leaves with, so that a receiver sees one
// continuous RTP stream (RFC 3550 section 5.1) while the speakers in it
// change. It reads no clock, holds no lock and allocates nothing.
package rtpmap
