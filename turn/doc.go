// Package turn is the server's own TURN and STUN server (RFC 8656, RFC 8489)
// over UDP and TCP, for clients that cannot reach the media port directly.
//
// Credentials are made for one voice session and end with it. What one user may
// have is bounded, and so is what all have together. Every datagram, in both
// directions, is checked by the peer's address and port: a relay reaches public
// addresses, the SFU and other relays of this server, and nothing else unless
// the operator allows it.
package turn
