package transport

import "sync/atomic"

// Counters count what the transport did and what it dropped, by cause.
type Counters struct {
	Sent         atomic.Uint64 // datagrams handed to the kernel
	SendDropped  atomic.Uint64 // refused by the kernel for themselves: unreachable, too large for the path
	SendOverflow atomic.Uint64 // given up for newer ones while the kernel had no room
	SendStale    atomic.Uint64 // too old when the kernel had room again
	TooLarge     atomic.Uint64 // plain packets over the bound, not even encrypted
	TCPOverflow  atomic.Uint64 // frames given up for newer ones while a connection took none
	TCPStale     atomic.Uint64 // too old when it took some again
	ReadErrors   atomic.Uint64
	Truncated    atomic.Uint64 // longer than the media path takes, cut off by the kernel

	Unknown        atomic.Uint64 // first byte of no protocol, or too short
	UnknownAddress atomic.Uint64 // media or DTLS from an address without a session
	STUNLimited    atomic.Uint64 // over the rate of one session from one address
	STUNMalformed  atomic.Uint64
	STUNUnknown    atomic.Uint64 // no session of that username, no check of that transaction
	STUNIntegrity  atomic.Uint64 // MESSAGE-INTEGRITY missing or wrong
	DTLSDropped    atomic.Uint64 // handshake records over the bound of a session's queue
	DTLSRefused    atomic.Uint64 // datagrams with DTLS records that no handshake waits for

	Handshakes        atomic.Uint64 // completed
	HandshakeFailed   atomic.Uint64 // the sum of HandshakeFailures
	HandshakeFailures [HandshakeCauses]atomic.Uint64
	FingerprintWrong  atomic.Uint64
	Undecryptable     atomic.Uint64 // SRTP or SRTCP that failed authentication or was replayed
	StreamLimited     atomic.Uint64 // SRTP or SRTCP of one SSRC too many in its session
	ConsentLost       atomic.Uint64
	Stalls            atomic.Uint64 // times that the process did not run for seconds

	TCPAccepted  atomic.Uint64            // connections
	TCPEnded     [TCPCauses]atomic.Uint64 // those that have ended or were not let in
	AcceptErrors atomic.Uint64            // the system gave us none, as without a file left to open
}
