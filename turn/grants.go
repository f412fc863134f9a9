package turn

import (
	"net"
	"time"

	pion "github.com/pion/turn/v5"
)

// sessionKey names the voice session that a credential was made for.
type sessionKey struct{ user, session string }

// grant is a session that may use the server. Credentials are good only while
// their grant stands, so the table is as large as the sessions alive are many,
// and a credential from before a restart opens nothing.
type grant struct {
	user   *user
	expiry time.Time
	relays map[*relayConn]struct{}
	seen   map[transaction]sighting // the requests that made them, and earlier ones
}

// Issue makes credentials for one voice session of a client that reached the
// server by host (a name or an address, no port). Issuing again for the same
// session gives it a new expiry; both credentials are good until theirs.
func (s *Server) Issue(userID, sessionID, host string) []ICEServer {
	expiry := s.now().Add(Lifetime)
	key := sessionKey{user: userID, session: sessionID}
	s.mu.Lock()
	if g := s.grants[key]; g != nil {
		g.expiry = expiry
	} else {
		u := s.ledger.open(userID)
		u.grants++
		s.grants[key] = &grant{user: u, expiry: expiry, relays: map[*relayConn]struct{}{}, seen: map[transaction]sighting{}}
	}
	s.mu.Unlock()
	name := username(expiry, userID, sessionID)
	stun, turn := iceURLs(host, s.port)
	return []ICEServer{{URLs: stun}, {URLs: turn, Username: name, Credential: password(s.secret, name)}}
}

// Revoke ends a session's credentials and its relays. It is no error to revoke
// a session that has none.
func (s *Server) Revoke(userID, sessionID string) {
	key := sessionKey{user: userID, session: sessionID}
	s.mu.Lock()
	g := s.drop(key)
	s.mu.Unlock()
	s.closeRelays(g)
}

// drop takes a grant out of the table; nil: there was none. The mutex is held.
func (s *Server) drop(key sessionKey) *grant {
	g := s.grants[key]
	if g != nil {
		delete(s.grants, key)
		g.user.grants--
		s.ledger.forget(g.user)
	}
	return g
}

// closeRelays ends the relays of a grant that is no longer in the table.
func (s *Server) closeRelays(g *grant) {
	if g == nil {
		return
	}
	s.mu.Lock()
	open := make([]*relayConn, 0, len(g.relays))
	for r := range g.relays {
		open = append(open, r)
	}
	s.mu.Unlock()
	for _, r := range open {
		_ = r.Close()
	}
}

// authenticate is pion's AuthHandler: the key of a username that stands for a
// live grant. pion checks the message's integrity with it, and names the client
// by his username from then on.
func (s *Server) authenticate(asked *pion.RequestAttributes) (userID string, authKey []byte, ok bool) {
	expiry, key, ok := parseUsername(asked.Username)
	if !ok {
		s.count.refuse(ReasonMalformed)
		return "", nil, false
	}
	if !s.now().Before(expiry) {
		s.count.refuse(ReasonExpired)
		return "", nil, false
	}
	s.mu.Lock()
	g := s.grants[key]
	known := g != nil && !expiry.After(g.expiry)
	replayed := known && s.replayed(g, clientOf(asked.SrcAddr))
	s.mu.Unlock()
	switch {
	case !known:
		s.count.refuse(ReasonUnknown)
	case replayed:
		s.count.refuse(ReasonReplayed)
	default:
		return asked.Username, pion.GenerateAuthKey(asked.Username, asked.Realm, password(s.secret, asked.Username)), true
	}
	return "", nil, false
}

// quota is pion's QuotaHandler: may this client have one more allocation? Where
// there is no room, the user's own relay that has been silent for longest makes
// some: a client that lost its network leaves relays behind for ten minutes.
func (s *Server) quota(name, _ string, from net.Addr) bool {
	_, key, _ := parseUsername(name)
	for {
		reason, silent := s.promise(key, clientOf(from))
		if reason == "" {
			return true
		}
		if silent == nil {
			s.count.refuse(reason)
			return false
		}
		s.count.evicted.Add(1)
		_ = silent.Close() // pion's reader of it is told, and forgets the allocation
	}
}

// promise counts one more relay until adopt or onFailure, or says why there is
// none, and which one could make room for it.
func (s *Server) promise(key sessionKey, c client) (Reason, *relayConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.grants[key]
	reason := Reason("")
	switch {
	case g == nil: // revoked a moment ago
		return ReasonUnknown, nil
	case !g.remembers(s.now()):
		return ReasonUserQuota, nil
	case over(g.user.relays, s.cfg.MaxAllocationsPerUser):
		reason = ReasonUserQuota
	case over(s.ledger.taken, s.maxAllocations()):
		reason = ReasonTotalQuota
	default:
		s.ledger.promise(c, g.user)
		return "", nil
	}
	silent := s.longestSilent(g.user)
	if silent != nil {
		silent.evicted = true
	}
	return reason, silent
}

func (s *Server) maxAllocations() int {
	if s.cfg.MaxAllocations == 0 {
		return s.cfg.RelayPorts.Len()
	}
	return min(s.cfg.MaxAllocations, s.cfg.RelayPorts.Len())
}

// adopt gives a new relay to the session whose credential asked for it. A
// session revoked since then gets none: its relay is closed again at once.
func (s *Server) adopt(from net.Addr, name string, relayed net.Addr) {
	_, key, _ := parseUsername(name)
	c := clientOf(from)
	r := s.relayAt(relayed)
	if r == nil {
		return
	}
	s.mu.Lock()
	if c.stream {
		r.stream = s.streams[c.at]
	}
	u := s.ledger.redeem(c)
	g := s.grants[key]
	mine := g != nil && g.user == u
	if mine {
		g.relays[r] = struct{}{}
		r.grant, r.user, r.client = g, u, c
		r.heard()
		s.ledger.relaysOf[c] = append(s.ledger.relaysOf[c], r)
		s.remember(g, c)
	} else if u != nil {
		s.ledger.giveBack(u)
	}
	stream := r.stream
	s.mu.Unlock()
	s.count.allocations.Add(1)
	if stream != nil {
		stream.setBusy(true)
	}
	if !mine {
		_ = r.Close()
	}
}

// sweep forgets grants that have expired without being revoked.
func (s *Server) sweep(now time.Time) {
	var gone []*grant
	s.mu.Lock()
	for key, g := range s.grants {
		if !now.Before(g.expiry) {
			gone = append(gone, s.drop(key))
		}
	}
	s.mu.Unlock()
	for _, g := range gone {
		s.closeRelays(g)
	}
}
