package turn

import (
	"net"
	"time"
)

// silentAfter is for how long a client's relay must have had no word of him
// before it may make room for another of his: whoever uses one says something
// at least every five seconds (RFC 7675 section 5.1), and one that only stands
// by is the least that he can lose.
const silentAfter = 10 * time.Second

// heard says that the client of a relay has just sent something to a peer, or a
// request about the relay. What peers send says nothing of him: to one that went
// without a word they go on sending. It takes no lock, being called for each
// datagram.
func (r *relayConn) heard() {
	r.heardAt.Store(int64(r.server.now().Sub(r.server.ledger.began)))
}

// heardFrom is told of each authentic request of a client.
func (s *Server) heardFrom(from net.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.ledger.relaysOf[clientOf(from)] {
		r.heard()
	}
}

// longestSilent is the relay of u that is to make room for another; nil: of each
// there was a word a moment ago. s.mu is held.
func (s *Server) longestSilent(u *user) *relayConn {
	latest := int64(s.now().Sub(s.ledger.began) - silentAfter)
	var found *relayConn
	for _, r := range s.relays {
		if at := r.heardAt.Load(); r.user == u && !r.evicted && at < latest {
			latest, found = at, r
		}
	}
	return found
}
