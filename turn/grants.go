package turn

import (
	"net"
	"time"

	pion "github.com/pion/turn/v4"
)

// maxRelays is how many allocations one voice session may hold: a client makes
// one for each of its networks, over UDP and over TCP, for the SFU and for
// each pair.
const maxRelays = 16

// sessionKey names the voice session that a credential was made for.
type sessionKey struct{ user, session string }

// grant is a session that may use the server. Credentials are good only while
// their grant stands, so the table is as large as the sessions alive are many,
// and a credential from before a restart opens nothing.
type grant struct {
	expiry time.Time
	relays map[*relayConn]struct{}
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
		s.grants[key] = &grant{expiry: expiry, relays: map[*relayConn]struct{}{}}
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
	g := s.grants[key]
	delete(s.grants, key)
	s.mu.Unlock()
	s.closeRelays(g)
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
// live grant. pion checks the message's integrity with it.
func (s *Server) authenticate(name, realm string, _ net.Addr) ([]byte, bool) {
	expiry, key, ok := parseUsername(name)
	if !ok {
		s.count.refuse(ReasonMalformed)
		return nil, false
	}
	now := s.now()
	if !now.Before(expiry) {
		s.count.refuse(ReasonExpired)
		return nil, false
	}
	s.mu.Lock()
	g := s.grants[key]
	known := g != nil && !expiry.After(g.expiry)
	s.mu.Unlock()
	if !known {
		s.count.refuse(ReasonUnknown)
		return nil, false
	}
	return pion.GenerateAuthKey(name, realm, password(s.secret, name)), true
}

// quota is pion's QuotaHandler.
func (s *Server) quota(name, _ string, _ net.Addr) bool {
	_, key, _ := parseUsername(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.grants[key]; g != nil && len(g.relays) < maxRelays {
		return true
	}
	s.count.refuse(ReasonQuota)
	return false
}

// adopt gives a new relay to the session whose credential asked for it. A
// session revoked since then gets none: its relay is closed again at once.
func (s *Server) adopt(client net.Addr, name string, relayed net.Addr) {
	addr, ok := relayed.(*net.UDPAddr)
	if !ok {
		return
	}
	_, key, _ := parseUsername(name)
	s.mu.Lock()
	r := s.relays[addr.Port]
	if r == nil {
		s.mu.Unlock()
		return
	}
	if tcp, ok := client.(*net.TCPAddr); ok {
		r.stream = s.streams[tcp.AddrPort()]
	}
	g := s.grants[key]
	if g != nil {
		g.relays[r] = struct{}{}
		r.grant = g
	}
	stream := r.stream
	s.mu.Unlock()
	s.count.allocations.Add(1)
	if stream != nil {
		stream.setBusy(true)
	}
	if g == nil {
		_ = r.Close()
	}
}

// sweep forgets grants that have expired without being revoked.
func (s *Server) sweep(now time.Time) {
	var gone []*grant
	s.mu.Lock()
	for key, g := range s.grants {
		if !now.Before(g.expiry) {
			delete(s.grants, key)
			gone = append(gone, g)
		}
	}
	s.mu.Unlock()
	for _, g := range gone {
		s.closeRelays(g)
	}
}
