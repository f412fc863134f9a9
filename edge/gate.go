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
	// (IPv6: of one /64); crowded of one address while more than half of all
	// places are taken.
	maxUnderway  = 1024
	maxOfAddress = 128
	crowded      = maxOfAddress / 4
	// light is the weight up to which nobody is thought to hold places on
	// purpose, and perNetwork how many connections of a whole network weigh as much
	// as one of an address.
	light      = 8
	perNetwork = 4
	// slowAfter is how old the oldest must be to make room for another when nobody
	// holds many: a handshake takes less, so that who waits longer means it.
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
	networks map[netip.Prefix]*network // of which something is under way
	closed   bool
}

// visitor is one address.
type visitor struct {
	underway int
	limit    *rate.Limiter
}

// network is what somebody may have many addresses of.
type network struct {
	prefix   netip.Prefix
	underway int
}

// networkOf is the /24 of an IPv4 address, and of an IPv6 one the /48.
func networkOf(addr netip.Addr) netip.Prefix {
	addr = netaddr.Client(addr)
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	p, _ := addr.Prefix(bits) // fails only for more bits than there are
	return p
}

// visit is one connection under way.
type visit struct {
	conn    net.Conn
	began   time.Time
	place   *list.Element
	who     *visitor // nil until it is known, and when no limit is his
	network *network // as who
	evicted bool
}

// weight is how much one holds who has this connection under way; 0: it is not
// known who he is.
func (v *visit) weight() int {
	if v.who == nil {
		return 0
	}
	return max(v.who.underway, v.network.underway/perNetwork)
}

func newGate(factor float64, now func() time.Time) *gate {
	return &gate{rate: factor, now: now, visitors: map[netip.Addr]*visitor{}, networks: map[netip.Prefix]*network{}}
}

// enter gives conn a place, if need be that of another one, which is closed.
// addr is the client's address, or the zero Addr where it is not known yet, or
// no limit is his. Whoever got a place gives it back by leave.
func (g *gate) enter(conn net.Conn, addr netip.Addr) (*visit, Cause) {
	v, evicted, cause := g.place(conn, addr)
	if evicted != nil {
		_ = evicted.conn.Close() // its reader is told
	}
	return v, cause
}

func (g *gate) place(conn net.Conn, addr netip.Addr) (v, evicted *visit, cause Cause) {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, nil, CauseClosing
	}
	// Nobody makes room for who may not have it.
	who, cause := g.may(addr, now)
	if cause != "" {
		return nil, nil, cause
	}
	if g.underway.Len() >= maxUnderway {
		if evicted = g.dispensable(now); evicted == nil {
			return nil, nil, CauseFull
		}
		evicted.evicted = true
		g.forget(evicted)
	}
	v = &visit{conn: conn, began: now}
	v.place = g.underway.PushBack(v)
	g.count(v, who, addr)
	return v, evicted, ""
}

// dispensable is the connection that makes room for another: the oldest of whom
// holds most, so that few who hold all places keep nobody else out, and where
// nobody holds many, the oldest if it is slow. g.mu is held.
func (g *gate) dispensable(now time.Time) *visit {
	var found *visit
	heaviest := light
	for e := g.underway.Front(); e != nil; e = e.Next() {
		v, _ := e.Value.(*visit)
		if w := v.weight(); w > heaviest {
			heaviest, found = w, v
		}
	}
	if found != nil {
		return found
	}
	oldest, _ := g.underway.Front().Value.(*visit)
	if now.Sub(oldest.began) < slowAfter {
		return nil
	}
	return oldest
}

// admit counts a connection that has a place to its client, who is known only
// now, or says why not.
func (g *gate) admit(v *visit, addr netip.Addr) Cause {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if v.place == nil {
		return "" // evicted: whoever serves it finds out
	}
	who, cause := g.may(addr, now)
	if cause == "" {
		g.count(v, who, addr)
	}
	return cause
}

// may looks whether an address may open one more; nil without a cause: no limit
// is its. g.mu is held.
func (g *gate) may(addr netip.Addr, now time.Time) (*visitor, Cause) {
	if g.rate == 0 || !addr.IsValid() {
		return nil, ""
	}
	addr = netaddr.Client(addr)
	who := g.visitors[addr]
	if who == nil {
		g.tidy(now)
		who = &visitor{limit: rate.NewLimiter(rate.Limit(perSecond*g.rate), max(1, int(burst*g.rate)))}
		g.visitors[addr] = who
	}
	share := maxOfAddress
	if g.underway.Len() > maxUnderway/2 {
		share = crowded
	}
	if who.underway >= max(1, int(float64(share)*g.rate)) {
		return nil, CauseAddress
	}
	if !who.limit.AllowN(now, 1) {
		return nil, CauseRate
	}
	return who, ""
}

// count enters a connection with who has it. g.mu is held.
func (g *gate) count(v *visit, who *visitor, addr netip.Addr) {
	if who == nil {
		return
	}
	prefix := networkOf(addr)
	of := g.networks[prefix]
	if of == nil {
		of = &network{prefix: prefix}
		g.networks[prefix] = of
	}
	who.underway++
	of.underway++
	v.who, v.network = who, of
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
	if v.who == nil {
		return
	}
	v.who.underway--
	if v.network.underway--; v.network.underway == 0 {
		delete(g.networks, v.network.prefix)
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
