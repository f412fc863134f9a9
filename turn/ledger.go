package turn

import (
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// user is what one user has of the server, over all of his voice sessions. He
// is in the ledger while he has anything.
type user struct {
	id     string
	grants int
	relays int // open, or promised
	meter  meter
}

// ledger is who has what of the server. The server's mutex guards it, except
// for the meters and promises.
type ledger struct {
	users map[string]*user
	// promised are clients that were told yes and whose relays are being opened:
	// requests of several clients are handled at once, and each is to be counted
	// before the next one asks.
	promised map[client]*user
	promises atomic.Int64 // how many; read without the mutex
	// relaysOf are the relays of each client. There is one as a rule; of two
	// listeners a client may reach each from the same port.
	relaysOf map[client][]*relayConn
	taken    int // relays that are open or promised
	total    meter
	began    time.Time
}

func newLedger(now time.Time) ledger {
	return ledger{
		users: map[string]*user{}, promised: map[client]*user{}, relaysOf: map[client][]*relayConn{}, began: now,
	}
}

// client is where a client's requests come from.
type client struct {
	stream bool
	at     netip.AddrPort
}

func clientOf(a net.Addr) client {
	switch a := a.(type) {
	case *net.UDPAddr:
		return client{at: a.AddrPort()}
	case *net.TCPAddr:
		return client{stream: true, at: a.AddrPort()}
	}
	return client{}
}

// open returns a user, who is entered if he was not there.
func (l *ledger) open(id string) *user {
	u := l.users[id]
	if u == nil {
		u = &user{id: id}
		l.users[id] = u
	}
	return u
}

// forget removes a user who has nothing.
func (l *ledger) forget(u *user) {
	if u.grants == 0 && u.relays == 0 {
		delete(l.users, u.id)
	}
}

// promise counts a relay that is about to be opened for c.
func (l *ledger) promise(c client, u *user) {
	l.unpromise(c)
	l.promised[c] = u
	l.promises.Add(1)
	u.relays++
	l.taken++
}

// redeem takes a promise off the list; it stays counted. nil: there was none.
func (l *ledger) redeem(c client) *user {
	u := l.promised[c]
	if u != nil {
		delete(l.promised, c)
		l.promises.Add(-1)
	}
	return u
}

// unpromise is for a relay that was not opened after all.
func (l *ledger) unpromise(c client) {
	if u := l.redeem(c); u != nil {
		l.giveBack(u)
	}
}

// giveBack counts a relay less.
func (l *ledger) giveBack(u *user) {
	u.relays--
	l.taken--
	l.forget(u)
}

// over says whether one more than has is over a limit; limit 0: there is none.
func over(has, limit int) bool { return limit > 0 && has >= limit }

// spend takes n bytes from what u and all users together may relay at now. It
// returns why they must be dropped, or "". It takes no lock, being asked for
// each datagram.
func (s *Server) spend(u *user, n int) Reason {
	if u == nil {
		return ReasonUnknown // of a session that was revoked before it had its relay
	}
	perUser, all := s.cfg.MaxBytesPerSecPerUser, s.cfg.MaxBytesPerSec
	if perUser == 0 && all == 0 {
		return ""
	}
	now := s.now().Sub(s.ledger.began)
	if !u.meter.take(now, n, perUser) {
		return ReasonUserBandwidth
	}
	if !s.ledger.total.take(now, n, all) {
		return ReasonTotalBandwidth
	}
	return ""
}

// meter bounds bytes a second by the generic cell rate algorithm (ITU-T I.371
// annex A): it holds when the allowance will be whole again. It may be used from
// any goroutine, without a lock.
type meter struct{ whole atomic.Int64 }

// burst is how far ahead of its rate a meter may be: a second's worth at once.
const burst = time.Second

// take uses n of perSec bytes at now, or says that there are none left; perSec
// 0 is no limit.
func (m *meter) take(now time.Duration, n, perSec int) bool {
	if perSec == 0 {
		return true
	}
	cost := int64(n) * int64(time.Second) / int64(perSec)
	for {
		old := m.whole.Load()
		at := max(old, int64(now))
		if at-int64(now) >= int64(burst) {
			return false
		}
		if m.whole.CompareAndSwap(old, at+cost) {
			return true
		}
	}
}
