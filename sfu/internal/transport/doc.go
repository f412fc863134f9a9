// Package transport is everything between a UDP socket or a TCP connection and a
// decrypted RTP packet: one reader a socket, ICE as the passive side (RFC 8445),
// consent (RFC 7675), DTLS-SRTP (RFC 5764) and SRTP (RFC 3711, RFC 7714),
// assembled from Pion's parts without a goroutine a peer.
//
// The reader of a socket does all of a packet: it tells it apart by the first
// byte (RFC 7983), finds its session by address in a map that only it touches,
// and hands it to the session's Handler, whose outgoing datagrams collect in a
// Batch that leaves with as few system calls as the platform allows at the end
// of each read. What a full socket does not take waits shortly in its backlog.
//
// TCP (RFC 6544, passive side only) is for networks that pass nothing else, and
// the exception to the rule of no goroutine a peer: each connection has a reader,
// which cuts the stream into frames (RFC 4571) and then is a reader like a
// socket's, the owner of the one address that it hears from; few of them work at a
// time, as many as there are batches. Sending is the same for both: whoever
// fans out puts a frame into the connection's own queue and offers it to the
// kernel without waiting. What the kernel does not take waits there, the newest
// voice in place of the oldest, for a writer that lives as long as something
// waits. A finished TCP handshake proves an address, but not whose it is: a
// connection is nobody's before an authentic check and used for nothing before it
// has answered one of ours, as a UDP path. Until then it is bounded in bytes,
// frames and seconds.
//
// Anybody can write any address on a datagram. So nothing but bounded STUN goes
// to an address, and no address is taken from another session, before it has
// answered one of our own checks; nothing is allocated before a message's
// integrity is right; and a handshake sees only records that could be its
// client's. What remains is what DTLS 1.2 leaves open: who knows a client's
// address and port, and is early, can spoil its handshake with a well-formed
// message of his own. It fails, is counted, and the client comes again.
package transport
