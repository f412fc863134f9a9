package transport

import "time"

const (
	// linger is how long a client that lost our last flight is sent it again
	// (RFC 6347 section 4.2.4 wants twice the maximum segment lifetime, which
	// browsers' own patience does not reach).
	linger = 20 * time.Second
	// repeatEveryUs is the least time between two of them: who can write a
	// client's address on a datagram gets no more out of us than that.
	repeatEveryUs = 20_000
)

// parting is what a finished handshake leaves behind: its last flight, to be
// sent again byte for byte to a client that repeats its own. A record that the
// client has got already, it drops by its number (RFC 6347 section 4.1.2.6).
type parting struct {
	flight [][]byte
	until  int64 // us
	at     int64 // when it was last repeated, us
}

// part ends the handshake's hold on the session. The keys are out.
func (c *dtlsConn) part() {
	c.over.Store(true)
	c.mu.Lock()
	last := c.last
	c.mu.Unlock()
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dtls = nil
	now := s.t.Now()
	s.parting = parting{flight: last, until: now + linger.Microseconds(), at: now - repeatEveryUs}
}

// repeat sends the last flight again; false: it is too soon or too late. The
// caller holds s.mu.
func (s *Session) repeat(now int64) bool {
	p := &s.parting
	if now > p.until {
		*p = parting{}
		return false
	}
	r := s.dst.Load()
	if r == nil || now-p.at < repeatEveryUs {
		return false
	}
	p.at = now
	for _, b := range p.flight {
		// One that does not leave is as good as lost: the client asks again.
		_, _ = s.t.write(b, r)
	}
	return true
}
