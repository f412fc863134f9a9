package transport

import (
	"cmp"
	"container/list"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/boltorezka/boltorezka/netaddr"
)

// tcpLimits bound what connections cost before anybody is known to be behind
// them, and after.
type tcpLimits struct {
	open, openPerAddr int
	// Strangers are those that have shown no authentic check yet.
	strangers, strangersPerAddr int
	perSecond, burst            int // new ones from one address
	hello                       time.Duration
	idle                        time.Duration
	stalled                     time.Duration
}

// withDefaults are limits that an office behind one address does not meet: a
// browser opens one connection for each pair of addresses, and gives up those
// that it does not need.
func (l tcpLimits) withDefaults() tcpLimits {
	return tcpLimits{
		open: cmp.Or(l.open, 8192), openPerAddr: cmp.Or(l.openPerAddr, 1024),
		strangers: cmp.Or(l.strangers, 512), strangersPerAddr: cmp.Or(l.strangersPerAddr, 64),
		perSecond: cmp.Or(l.perSecond, 50), burst: cmp.Or(l.burst, 500),
		hello: cmp.Or(l.hello, 10*time.Second), idle: cmp.Or(l.idle, time.Minute), stalled: cmp.Or(l.stalled, 5*time.Second),
	}
}

// acceptPause is how long accepting rests after an error, such as too many open
// files, which no event ends.
const acceptPause = 100 * time.Millisecond

// gate counts the connections that there are. Where there is no room for
// another stranger the oldest one goes: who is really a client says so within a
// round trip.
type gate struct {
	limits tcpLimits
	rate   *limiter

	mu        sync.Mutex
	open      map[*connection]visit
	from      map[netip.Addr]tally
	strangers *list.List // of *connection, oldest first
	closed    bool
}

// visit is one connection's place in the books.
type visit struct {
	from    netip.Addr
	element *list.Element // among the strangers, nil: known
}

// tally counts one address's connections.
type tally struct{ open, strangers int }

func newGate(l tcpLimits) *gate {
	l = l.withDefaults()
	return &gate{
		limits: l, rate: newLimiter(l.perSecond, l.burst),
		open: make(map[*connection]visit), from: make(map[netip.Addr]tally), strangers: list.New(),
	}
}

// accept takes connections in until its listener is closed.
func (t *Transport) accept(l *net.TCPListener) {
	defer t.wg.Done()
	for {
		conn, err := l.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			t.counters.AcceptErrors.Add(1)
			select {
			case <-t.done:
			case <-time.After(acceptPause):
			}
			continue
		}
		t.counters.TCPAccepted.Add(1)
		if cause, ok := t.admit(conn); !ok {
			t.counters.TCPEnded[cause].Add(1)
			_ = conn.SetLinger(0) // nothing of it stays, not even in the kernel
			_ = conn.Close()
		}
	}
}

// admit begins to read a connection unless there is no room for it.
func (t *Transport) admit(conn *net.TCPConn) (TCPCause, bool) {
	at, _ := conn.RemoteAddr().(*net.TCPAddr)
	if at == nil {
		return TCPPeer, false
	}
	from := netaddr.Client(at.AddrPort().Addr().Unmap().WithZone(""))
	if !t.gate.rate.allow(from, 0, t.Now()) {
		return TCPRate, false
	}
	c, err := t.newConnection(conn)
	if err != nil {
		return TCPPeer, false
	}
	if cause, ok := t.gate.enter(c, from); !ok {
		return cause, false
	}
	t.wg.Go(c.read)
	return 0, true
}

// enter notes a connection, at the cost of older strangers.
func (g *gate) enter(c *connection, from netip.Addr) (TCPCause, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.from[from]
	switch {
	case g.closed:
		return TCPShutdown, false
	case n.open >= g.limits.openPerAddr:
		return TCPAddress, false
	case len(g.open) >= g.limits.open:
		return TCPFull, false
	case n.strangers >= g.limits.strangersPerAddr:
		g.evict(from)
	case g.strangers.Len() >= g.limits.strangers:
		g.evict(netip.Addr{})
	}
	n = g.from[from]
	g.from[from] = tally{n.open + 1, n.strangers + 1}
	g.open[c] = visit{from: from, element: g.strangers.PushBack(c)}
	return 0, true
}

// evict ends the oldest stranger, of one address if it is valid.
func (g *gate) evict(of netip.Addr) {
	for e := g.strangers.Front(); e != nil; e = e.Next() {
		c := e.Value.(*connection)
		if of.IsValid() && g.open[c].from != of {
			continue
		}
		c.end(TCPEvicted)
		g.acquaint(c) // no stranger any more, though it may take a moment to go
		return
	}
}

// know says that a connection has shown an authentic check.
func (g *gate) know(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.acquaint(c)
}

func (g *gate) acquaint(c *connection) {
	v, ok := g.open[c]
	if !ok || v.element == nil {
		return
	}
	g.strangers.Remove(v.element)
	v.element = nil
	g.open[c] = v
	n := g.from[v.from]
	n.strangers--
	g.from[v.from] = n
}

// leave forgets a connection.
func (g *gate) leave(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.acquaint(c)
	from := g.open[c].from
	delete(g.open, c)
	n := g.from[from]
	if n.open--; n.open > 0 {
		g.from[from] = n
	} else {
		delete(g.from, from)
	}
}

// count is how many connections there are.
func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.open)
}

// close ends all connections and takes no more.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for c := range g.open {
		c.end(TCPShutdown)
	}
}
