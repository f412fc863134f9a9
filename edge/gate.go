package edge

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/boltorezka/boltorezka/netaddr"
)

// Bounds of connections of which it is not known yet what they speak.
const (
	// maxUnderway is how many there may be, and maxOfAddress of one address
	// (IPv6: of one /64).
	maxUnderway  = 1024
	maxOfAddress = 128
	// slowAfter is how old the oldest must be to make room for another: a
	// handshake takes less, so that who waits longer means it.
	slowAfter = 3 * time.Second
	// perSecond and burst are how fast one address may open connections.
	perSecond = 50
	burst     = 400
	// maxVisitors is how many addresses are remembered.
	maxVisitors = 8192
)

// gate lets connections in up to its bounds.
type gate struct {
	rate float64 // multiplies the limits by address; 0: there are none
	now  func() time.Time

	mu       sync.Mutex // guards what follows
	underway list.List  // of *visit, the oldest first
	visitors map[netip.Addr]*visitor
	closed   bool
}

// visitor is one address.
type visitor struct {
	underway int
	limit    *rate.Limiter
}

// visit is one connection under way.
type visit struct {
	conn    net.Conn
	began   time.Time
	place   *list.Element
	addr    netip.Addr // of the visitor; the zero Addr until it is known
	evicted bool
}

func newGate(factor float64, now func() time.Time) *gate {
	return &gate{rate: factor, now: now, visitors: map[netip.Addr]*visitor{}}
}

// enter gives conn a place, if need be that of the oldest one, which is
// closed. Whoever got a place gives it back by leave.
func (g *gate) enter(conn net.Conn) (*visit, Cause) {
	v, oldest, cause := g.place(conn, g.now())
	if oldest != nil {
		_ = oldest.conn.Close() // its reader is told
	}
	return v, cause
}

func (g *gate) place(conn net.Conn, now time.Time) (v, oldest *visit, cause Cause) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, nil, CauseClosing
	}
	if g.underway.Len() >= maxUnderway {
		oldest, _ = g.underway.Front().Value.(*visit)
		if now.Sub(oldest.began) < slowAfter {
			return nil, nil, CauseFull
		}
		oldest.evicted = true
		g.forget(oldest)
	}
	v = &visit{conn: conn, began: now}
	v.place = g.underway.PushBack(v)
	return v, oldest, ""
}

// admit counts a connection to its client's address, or says why not.
func (g *gate) admit(v *visit, addr netip.Addr) Cause {
	if g.rate == 0 {
		return ""
	}
	addr = netaddr.Client(addr)
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if v.place == nil {
		return "" // evicted: whoever serves it finds out
	}
	who := g.visitors[addr]
	if who == nil {
		g.tidy(now)
		who = &visitor{limit: rate.NewLimiter(rate.Limit(perSecond*g.rate), max(1, int(burst*g.rate)))}
		g.visitors[addr] = who
	}
	if who.underway >= max(1, int(maxOfAddress*g.rate)) {
		return CauseAddress
	}
	if !who.limit.AllowN(now, 1) {
		return CauseRate
	}
	who.underway++
	v.addr = addr
	return ""
}

// leave gives a place back and says whether it was lost before.
func (g *gate) leave(v *visit) (evicted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(v)
	return v.evicted
}

// forget takes a connection off the books, once; g.mu is held.
func (g *gate) forget(v *visit) {
	if v.place == nil {
		return
	}
	g.underway.Remove(v.place)
	v.place = nil
	if who := g.visitors[v.addr]; who != nil && v.addr.IsValid() {
		who.underway--
	}
}

// tidy makes room for one more address; g.mu is held. Those that are as good
// as new go first, and when that is not enough, any that have nothing under
// way: there are at most maxUnderway others.
func (g *gate) tidy(now time.Time) {
	if len(g.visitors) < maxVisitors {
		return
	}
	for addr, who := range g.visitors {
		if who.underway == 0 && who.limit.TokensAt(now) >= float64(who.limit.Burst()) {
			delete(g.visitors, addr)
		}
	}
	for addr, who := range g.visitors {
		if len(g.visitors) < maxVisitors*3/4 {
			return
		}
		if who.underway == 0 {
			delete(g.visitors, addr)
		}
	}
}

// len is how many are under way.
func (g *gate) len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.underway.Len()
}

// close closes all that are under way and lets nobody in any more.
func (g *gate) close() {
	g.mu.Lock()
	g.closed = true
	var left []net.Conn
	for e := g.underway.Front(); e != nil; e = e.Next() {
		v, _ := e.Value.(*visit)
		left = append(left, v.conn)
	}
	g.mu.Unlock()
	for _, conn := range left {
		_ = conn.Close()
	}
}
