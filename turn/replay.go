package turn

import (
	"net"
	"sync/atomic"
	"time"
)

// transaction is a STUN transaction id (RFC 8489 section 5): random, and new
// for each request.
type transaction [12]byte

// Transactions are remembered until pion takes their nonce no more, which is
// after an hour, and so many of one voice session: a call whose path is mended
// all the time makes some hundred allocations an hour.
const (
	maxSeen  = 1024
	seenLife = 62 * time.Minute
)

// sighting is who has used a transaction, and when.
type sighting struct {
	by client
	at time.Time
}

// request is the transaction of the Allocate request that a connection's
// reader has in hand. pion reads a message, handles it, and reads the next on
// one goroutine, and tells its handlers only who sent it.
type request struct{ of atomic.Pointer[transaction] }

// note looks at a message that was read.
func (r *request) note(b []byte) {
	if len(b) >= 20 && b[0] == 0x00 && b[1] == 0x03 { // RFC 8656 section 16: Allocate, a request
		t := transaction(b[8:20])
		r.of.Store(&t)
	} else if r.of.Load() != nil {
		r.of.Store(nil)
	}
}

// clientConn is the UDP socket that clients' messages arrive at.
type clientConn struct {
	net.PacketConn
	server *Server
	inHand request
}

// ReadFrom returns the next message, and notes what it asks for.
func (c *clientConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(b)
	c.inHand.note(b[:max(n, 0)])
	return n, from, err
}

// WriteTo sends a message, and counts what pion refuses without a word to us.
func (c *clientConn) WriteTo(b []byte, to net.Addr) (int, error) {
	c.server.noteReply(b)
	return c.PacketConn.WriteTo(b, to)
}

// inHand is the Allocate request of a client that is being handled; nil: it is
// another one. It is called with the mutex held.
func (s *Server) inHand(c client) *transaction {
	if c.stream {
		if conn := s.streams[c.at]; conn != nil {
			return conn.inHand.of.Load()
		}
		return nil
	}
	if conn, ok := s.udp.(*clientConn); ok {
		return conn.inHand.of.Load()
	}
	return nil
}

// replayed says whether an authentic request has made an allocation before and
// is not that client's retransmission. A nonce is good for an hour and for
// everybody, so that whoever has heard a request could send it again from
// elsewhere. The other requests are of no use without an allocation. It is
// called with the mutex held.
func (s *Server) replayed(g *grant, c client) bool {
	t := s.inHand(c)
	if t == nil {
		return false
	}
	before, seen := g.seen[*t]
	return seen && (before.by != c || len(s.ledger.relaysOf[c]) == 0)
}

// remember enters the request that has made an allocation.
func (s *Server) remember(g *grant, c client) {
	if t := s.inHand(c); t != nil {
		g.seen[*t] = sighting{c, s.now()}
	}
}

// remembers says whether one more transaction can be remembered. Those that
// are of no use any more make room.
func (g *grant) remembers(now time.Time) bool {
	if len(g.seen) < maxSeen {
		return true
	}
	for t, before := range g.seen {
		if now.Sub(before.at) > seenLife {
			delete(g.seen, t)
		}
	}
	return len(g.seen) < maxSeen
}

// noteReply counts the answers by which pion refuses something by itself: 438
// (RFC 8489 section 14.8) a nonce, in a message that was kept for more than an
// hour or is from before a restart, and 443 (RFC 8656 section 19) an IPv6 peer.
// pion puts ERROR-CODE first.
func (s *Server) noteReply(b []byte) {
	if len(b) < 28 || b[0] != 0x01 || b[1]&0xf0 != 0x10 { // no error response of TURN's
		return
	}
	if b[20] != 0x00 || b[21] != 0x09 || b[26] != 4 {
		return
	}
	switch b[27] {
	case 38:
		s.count.refuse(ReasonNonce)
	case 43:
		s.count.refuse(ReasonFamily)
	}
}
