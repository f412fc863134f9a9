package transport

import (
	"context"
	"errors"
	"strings"
)

// HandshakeCause says why a DTLS handshake failed.
type HandshakeCause int

// The causes of failed handshakes.
const (
	HandshakeTimeout     HandshakeCause = iota // the client went silent
	HandshakeFingerprint                       // its certificate is not the one that the offer names
	HandshakeNoProfile                         // no SRTP protection profile in common (RFC 5764 section 4.1.2)
	HandshakeNoEMS                             // no extended master secret (RFC 7627)
	HandshakeAlert                             // the client gave up with an alert
	HandshakeProtocol                          // anything else that it did wrong
	HandshakeClosed                            // the session ended meanwhile
	HandshakeCauses                            // how many there are
)

// String is the cause as metrics name it.
func (c HandshakeCause) String() string {
	if c < 0 || c >= HandshakeCauses {
		return "unknown"
	}
	return [...]string{"timeout", "fingerprint", "no_profile", "no_ems", "alert", "protocol", "closed"}[c]
}

var (
	errFingerprint = errors.New("the certificate is not the one that the offer names")
	errNoProfile   = errors.New("the client negotiated no SRTP protection profile")
)

// causeOf classifies a handshake's error. Pion keeps its errors to itself, so
// two are known by their words; a test with real clients holds them to it.
func causeOf(err error, c *dtlsConn, closed bool) HandshakeCause {
	words := err.Error()
	switch {
	case closed:
		return HandshakeClosed
	case c.refused.Load():
		return HandshakeFingerprint
	case errors.Is(err, errNoProfile), strings.Contains(words, "no matching profiles"):
		return HandshakeNoProfile
	case strings.Contains(words, "Extended Master Secret"):
		return HandshakeNoEMS
	case strings.Contains(words, "alert: "):
		return HandshakeAlert
	case errors.Is(err, context.DeadlineExceeded) && c.alerted.Load():
		return HandshakeAlert // a plaintext one: believed only when nothing else came
	case errors.Is(err, context.DeadlineExceeded):
		return HandshakeTimeout
	}
	return HandshakeProtocol
}

// hopeless says whether another attempt of the same client would end alike.
func (c HandshakeCause) hopeless() bool {
	return c == HandshakeFingerprint || c == HandshakeNoProfile || c == HandshakeNoEMS
}
