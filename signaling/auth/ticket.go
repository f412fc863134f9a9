package auth

import (
	"context"
	"sync"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	ticketLifetime = wire.TicketTTLSeconds * time.Second
	// maxTickets is how many unused tickets one session may have; the oldest
	// goes when there is one more.
	maxTickets = 16
)

// tickets are what one WebSocket each is opened with. They are kept in memory:
// after a restart clients ask for new ones anyway.
type tickets struct {
	now    func() time.Time
	mu     sync.Mutex
	made   uint64 // how many there were
	byHash map[string]ticket
	// bySession has each session's unused tickets, oldest first.
	bySession map[string][]string
}

type ticket struct {
	who     Identity
	serial  uint64
	expires time.Time
}

func newTickets(now func() time.Time) *tickets {
	return &tickets{now: now, byHash: map[string]ticket{}, bySession: map[string][]string{}}
}

func (t *tickets) add(hash string, who Identity) {
	t.mu.Lock()
	defer t.mu.Unlock()
	held := t.bySession[who.SessionID]
	if len(held) >= maxTickets {
		delete(t.byHash, held[0])
		held = held[1:]
	}
	t.bySession[who.SessionID] = append(held, hash)
	t.made++
	t.byHash[hash] = ticket{who: who, serial: t.made, expires: t.now().Add(ticketLifetime)}
}

// use returns a ticket once.
func (t *tickets) use(hash string) (ticket, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.byHash[hash]
	if !ok {
		return ticket{}, false
	}
	t.drop(k.who.SessionID, func(h string) bool { return h == hash })
	return k, t.now().Before(k.expires)
}

// revoke forgets all tickets of a session.
func (t *tickets) revoke(sessionID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(sessionID, func(string) bool { return true })
}

func (t *tickets) sweep() {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for id := range t.bySession {
		t.drop(id, func(h string) bool { return !now.Before(t.byHash[h].expires) })
	}
}

// drop removes those of a session's tickets that gone names.
func (t *tickets) drop(sessionID string, gone func(hash string) bool) {
	var kept []string
	for _, h := range t.bySession[sessionID] {
		if gone(h) {
			delete(t.byHash, h)
		} else {
			kept = append(kept, h)
		}
	}
	if len(kept) == 0 {
		delete(t.bySession, sessionID)
	} else {
		t.bySession[sessionID] = kept
	}
}

// NewTicket makes a ticket that opens one WebSocket within 45 s.
func (s *Service) NewTicket(who Identity) wire.Ticket {
	token := newToken(s.random)
	s.tickets.add(hashToken(token), who)
	return wire.Ticket{Ticket: token, ExpiresInSec: wire.TicketTTLSeconds}
}

// UseTicket returns whose ticket it is and uses it up; serial is greater for a
// ticket that was made later. The errors are MissingTicket and InvalidTicket
// (unknown, expired, used, or its session was ended).
func (s *Service) UseTicket(_ context.Context, token string) (who Identity, serial uint64, err error) {
	if token == "" {
		return Identity{}, 0, wire.E(wire.CodeMissingTicket, "ticket: get one from /v1/auth/ws-ticket")
	}
	k, ok := s.tickets.use(hashToken(token))
	if !ok {
		return Identity{}, 0, wire.E(wire.CodeInvalidTicket, "the ticket is unknown, expired or used; get another from /v1/auth/ws-ticket")
	}
	return k.who, k.serial, nil
}
