// Package transport is everything between a UDP socket and a decrypted RTP
// packet: one reader a socket, ICE as the passive side (RFC 8445), consent
// (RFC 7675), DTLS-SRTP (RFC 5764) and SRTP (RFC 3711, RFC 7714), assembled
// from Pion's parts without a goroutine a peer.
//
// The reader of a socket does all of a packet: it tells it apart by the first
// byte (RFC 7983), finds its session by address in a map that only it touches,
// and hands it to the session's Handler, whose outgoing datagrams collect in a
// Batch that leaves with as few system calls as the platform allows at the end
// of each read.
package transport
