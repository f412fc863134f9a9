package transport

import "sync/atomic"

// Counters count what the transport did and what it dropped, by cause.
type Counters struct {
	Sent        atomic.Uint64 // datagrams handed to the kernel
	SendDropped atomic.Uint64 // datagrams the kernel did not take
	ReadErrors  atomic.Uint64

	Unknown        atomic.Uint64 // first byte of no protocol, or too short
	UnknownAddress atomic.Uint64 // media or DTLS from an address without a session
	STUNLimited    atomic.Uint64 // over the rate of one address
	STUNMalformed  atomic.Uint64
	STUNUnknown    atomic.Uint64 // no session of that username
	STUNIntegrity  atomic.Uint64 // MESSAGE-INTEGRITY missing or wrong
	DTLSDropped    atomic.Uint64 // handshake records over the bound of a session's queue

	Handshakes       atomic.Uint64 // completed
	HandshakeFailed  atomic.Uint64
	FingerprintWrong atomic.Uint64
	Undecryptable    atomic.Uint64 // SRTP or SRTCP that failed authentication or was replayed
	ConsentLost      atomic.Uint64
}
