package interop

import (
	"net"
	"net/netip"
	"sync"
	"testing"
)

// relay is a NAT between clients and the server's media port, whose mappings
// can die or let one kind of packet through no more.
type relay struct {
	t      *testing.T
	conn   *net.UDPConn
	server *net.UDPAddr
	wg     sync.WaitGroup

	mu     sync.Mutex
	flows  map[netip.AddrPort]*flow
	spared map[netip.AddrPort]bool // of clients who are not concerned
	broken fault
	until  int // handshakes on new flows until nothing is broken any more
}

type fault int

const (
	none    fault = iota
	dead          // flows that were there carry nothing, new ones do
	deaf          // no voice comes to the server
	silence       // no voice comes from the server
)

type flow struct {
	conn       *net.UDPConn // to the server
	old        bool         // it was there when something broke
	handshaken bool
}

// newRelay listens on the port of the server's media socket, on another address
// of loopback, which the server is to name to its clients.
func newRelay(t *testing.T, at string, server string) *relay {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp4", server)
	must(t, err)
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(at), Port: to.Port})
	must(t, err)
	r := &relay{t: t, conn: c, server: to, flows: map[netip.AddrPort]*flow{}, spared: map[netip.AddrPort]bool{}}
	r.wg.Go(r.fromClients)
	t.Cleanup(func() {
		_ = c.Close()
		r.mu.Lock()
		for _, f := range r.flows {
			_ = f.conn.Close()
		}
		r.mu.Unlock()
		r.wg.Wait()
	})
	return r
}

// spare exempts the clients that are there from all that will break.
func (r *relay) spare() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for a := range r.flows {
		r.spared[a] = true
	}
}

// breaks breaks something, until there were so many handshakes on new flows.
func (r *relay) breaks(what fault, until int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken, r.until = what, until
	for _, f := range r.flows {
		f.old = true
	}
}

// voice tells RTP from RTCP and the rest (RFC 7983, RFC 5761).
func voice(b []byte) bool {
	return len(b) > 1 && b[0] >= 128 && b[0] <= 191 && (b[1]&0x7f < 64 || b[1]&0x7f > 95)
}

func (r *relay) fromClients() {
	b := make([]byte, 2048)
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		if f := r.takes(from, b[:n]); f != nil {
			_, _ = f.conn.Write(b[:n])
		}
	}
}

// takes is the flow that a client's packet goes by, nil for none.
func (r *relay) takes(from netip.AddrPort, b []byte) *flow {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flows[from]
	if f == nil {
		c, err := net.DialUDP("udp4", nil, r.server)
		if err != nil {
			return nil // the test has ended
		}
		f = &flow{conn: c}
		r.flows[from] = f
		r.wg.Go(func() { r.toClient(f, from) })
	}
	if r.spared[from] {
		return f
	}
	if b[0] == 22 && !f.old && !f.handshaken {
		f.handshaken = true
		if r.until--; r.until == 0 {
			r.broken = none
		}
	}
	if f.old && r.broken == dead || voice(b) && r.broken == deaf {
		return nil
	}
	return f
}

func (r *relay) toClient(f *flow, to netip.AddrPort) {
	b := make([]byte, 2048)
	for {
		n, err := f.conn.Read(b)
		if err != nil {
			return
		}
		r.mu.Lock()
		drop := !r.spared[to] && (f.old && r.broken == dead || voice(b[:n]) && r.broken == silence)
		r.mu.Unlock()
		if !drop {
			_, _ = r.conn.WriteToUDPAddrPort(b[:n], to)
		}
	}
}
