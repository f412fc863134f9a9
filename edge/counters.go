package edge

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// Cause says why a connection was closed before anybody got it. Its text is a
// metric's label.
type Cause string

// The causes.
const (
	CauseFull           Cause = "too_many"          // all places for handshakes are taken
	CauseEvicted        Cause = "slow_evicted"      // when all places were taken: the oldest of who held most, or the slowest
	CauseAddress        Cause = "too_many_address"  // of one address; fewer are too many while half of all places are taken
	CauseRate           Cause = "too_fast_address"  // of one address
	CauseHandshakeSlow  Cause = "handshake_timeout" // the handshake took too long
	CauseHandshakeGone  Cause = "handshake_gone"    // the client went in the middle of it
	CauseHandshake      Cause = "handshake_failed"  // no version, cipher or the like in common, or garbage
	CauseNoCertificate  Cause = "no_certificate"    // for the name that was asked for, or none yet
	CauseNotTLS         Cause = "not_tls"           // the first byte is no handshake's
	CausePlainHTTP      Cause = "plain_http"        // http:// spoken to the TLS port
	CauseSilent         Cause = "silent"            // nothing said in time after the handshake
	CauseGone           Cause = "gone"              // closed by the client before it said what it wants
	CauseProtocol       Cause = "unknown_protocol"  // neither HTTP/1 nor TURN
	CauseNoTURN         Cause = "no_turn"           // TURN, and there is no TURN server
	CauseNoHTTP         Cause = "no_http"           // HTTP on the port that is for TURN alone
	CauseProxyUntrusted Cause = "proxy_untrusted"   // a PROXY header from an address that may send none
	CauseProxyMissing   Cause = "proxy_missing"     // none from one that has to
	CauseProxyBad       Cause = "proxy_malformed"
	CauseClosing        Cause = "closing" // the server stops
)

var causes = []Cause{
	CauseFull, CauseEvicted, CauseAddress, CauseRate, CauseHandshakeSlow, CauseHandshakeGone, CauseHandshake, CauseNoCertificate,
	CauseNotTLS, CausePlainHTTP, CauseSilent, CauseGone, CauseProtocol, CauseNoTURN, CauseNoHTTP, CauseProxyUntrusted,
	CauseProxyMissing, CauseProxyBad, CauseClosing,
}

// Stats are counters since the start, and Handshakes as of now.
type Stats struct {
	// Handshakes are the connections of which it is not known yet what they
	// speak.
	Handshakes int
	// HTTP and TURN are connections over TLS that were handed on, ACME those
	// by which an ACME server has looked at this one (tls-alpn-01).
	HTTP, TURN, ACME uint64
	// Proxied are connections, on any port, whose client's address came by the
	// PROXY protocol.
	Proxied uint64
	// Refused counts what was closed instead; every cause is in it, also at
	// zero.
	Refused map[Cause]uint64
}

type counters struct {
	http, turn, acme, proxied atomic.Uint64
	refused                   map[Cause]*atomic.Uint64
}

func newCounters() *counters {
	c := &counters{refused: make(map[Cause]*atomic.Uint64, len(causes))}
	for _, cause := range causes {
		c.refused[cause] = new(atomic.Uint64)
	}
	return c
}

func (c *counters) refuse(cause Cause) { c.refused[cause].Add(1) }

// causeOf sorts the error of a handshake.
func causeOf(err error) Cause {
	var none *noCertificateError
	switch {
	case errors.As(err, &none):
		return CauseNoCertificate
	case errors.Is(err, os.ErrDeadlineExceeded):
		return CauseHandshakeSlow
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return CauseHandshakeGone
	}
	return CauseHandshake
}

// silence sorts the error of waiting for a first word.
func silence(err error) Cause {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return CauseSilent
	}
	return CauseGone
}

// noCertificateError is a handshake for which there is no certificate.
type noCertificateError struct{ err error }

func (e *noCertificateError) Error() string { return "edge: no certificate: " + e.err.Error() }
func (e *noCertificateError) Unwrap() error { return e.err }
