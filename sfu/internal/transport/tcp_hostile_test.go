package transport

import (
	"encoding/binary"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"github.com/boltorezka/boltorezka/netaddr"
)

// TestHostileConnectionsDoNotReachACall: while each of them is at it, one call
// over UDP and one over TCP lose nothing; each is ended or refused for its own
// cause, and nothing of it is left.
func TestHostileConnectionsDoNotReachACall(t *testing.T) {
	tr := newTCPTransport(t, tcpLimits{strangers: 40, strangersPerAddr: 20, hello: time.Second, perSecond: 100_000, burst: 100_000})
	n := tr.Counters()
	a, b := newClient(t, tr, tr.Candidates()[0]), newTCPClient(t, tr)
	a.connect()
	b.connect()
	target := newClient(t, tr, tr.Candidates()[0]) // whose credentials the attacker has
	target.connect()
	bad := target.connectivityCheck()
	bad[len(bad)-20] ^= 1
	nobody, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername("nobodyhere:abcd"), stun.NewShortTermIntegrity("x"), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	prefixed := func(b []byte) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...) }
	ended := func() (all [TCPCauses]uint64, sum uint64) {
		for i := range n.TCPEnded {
			all[i] = n.TCPEnded[i].Load()
			sum += all[i]
		}
		return all, sum
	}
	for _, f := range []struct {
		name   string
		each   func(c net.Conn)
		causes []TCPCause // the first of them at least once
	}{
		{"garbage", func(c net.Conn) { _, _ = c.Write(junk(0, 4000)) }, []TCPCause{TCPStranger, TCPFrame}},
		{"huge length", func(c net.Conn) { _, _ = c.Write([]byte{0xff, 0xff, 0, 1, 0, 0}) }, []TCPCause{TCPFrame}},
		{"HTTP", func(c net.Conn) { _, _ = c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")) }, []TCPCause{TCPFrame}},
		{"TLS", func(c net.Conn) {
			_, _ = c.Write(append([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3}, make([]byte, 500)...))
		}, []TCPCause{TCPFrame}},
		{"empty frames", func(c net.Conn) { _, _ = c.Write(make([]byte, 64<<10)) }, []TCPCause{TCPStranger}},
		{"media before a check", func(c net.Conn) { _, _ = c.Write(prefixed(target.seal(100))) }, []TCPCause{TCPStranger}},
		{"DTLS before a check", func(c net.Conn) { _, _ = c.Write(prefixed(hello(0))) }, []TCPCause{TCPStranger}},
		{"checks of nobody", func(c net.Conn) {
			for range 100 {
				_, _ = c.Write(prefixed(nobody.Raw))
			}
		}, []TCPCause{TCPStranger}},
		{"checks with a wrong integrity", func(c net.Conn) {
			for range 100 {
				_, _ = c.Write(prefixed(bad))
			}
		}, []TCPCause{TCPStranger}},
		{"nothing at all", func(net.Conn) {}, []TCPCause{TCPEvicted, TCPSilent}},
		{"closed at once", func(c net.Conn) { _ = c.Close() }, []TCPCause{TCPPeer}},
		{"byte by byte", func(c net.Conn) {
			for _, x := range prefixed(nobody.Raw) {
				_, _ = c.Write([]byte{x})
			}
			_, _ = c.Write([]byte{0})
		}, []TCPCause{TCPSilent}},
		{"a frame that never ends", func(c net.Conn) { _, _ = c.Write(prefixed(nobody.Raw)[:60]) }, []TCPCause{TCPSilent}},
	} {
		goroutines := runtime.NumGoroutine()
		stopA, stopB := a.call(), b.call()
		before, sum := ended()
		const many = 60
		var open []net.Conn
		for range many {
			c := knock(t, tr).Conn
			open = append(open, c)
			f.each(c)
		}
		eventually(t, f.name+": all of them are gone", func() bool { _, now := ended(); return now-sum == many })
		now, _ := ended()
		for i := range now {
			if cause := TCPCause(i); now[i] != before[i] && cause != TCPEvicted && cause != TCPSilent && !slices.Contains(f.causes, cause) {
				t.Errorf("%s: %d ended for %s", f.name, now[i]-before[i], cause)
			}
		}
		if first := f.causes[0]; now[first] == before[first] {
			t.Errorf("%s: none ended for %s", f.name, first)
		}
		stopA()
		stopB()
		for _, c := range open {
			_ = c.Close()
		}
		a.complete()
		t.Logf("%-30s over TCP: %s", f.name, b.complete())
		eventually(t, f.name+" leaves nothing", func() bool { return tr.Connections() == 1 && runtime.NumGoroutine() <= goroutines+2 })
	}
	if n := n.HandshakeFailed.Load(); n != 0 {
		t.Errorf("%d handshakes failed", n)
	}
	for i := range n.TCPEnded {
		t.Logf("%s: %d", TCPCause(i), n.TCPEnded[i].Load())
	}
}

// TestStrangersGiveWay: with as many strangers as there is room for, a client
// still comes in, at the cost of the oldest of them.
func TestStrangersGiveWay(t *testing.T) {
	tr := newTCPTransport(t, tcpLimits{strangers: 8, hello: time.Hour})
	var held []framed
	for range 8 {
		held = append(held, knock(t, tr))
	}
	eventually(t, "all are there", func() bool { return tr.Connections() == 8 })
	c := newTCPClient(t, tr)
	c.connect()
	if n := tr.Counters().TCPEnded[TCPEvicted].Load(); n != 1 {
		t.Errorf("%d gave way", n)
	}
	_ = held[0].SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := held[0].Conn.Read(make([]byte, 1)); err == nil {
		t.Error("the oldest is still served")
	}
}

// TestConnectionsAreBounded: in all, from one address, and a second.
func TestConnectionsAreBounded(t *testing.T) {
	for _, x := range []struct {
		limits tcpLimits
		cause  TCPCause
	}{
		{tcpLimits{open: 5, hello: time.Hour}, TCPFull},
		{tcpLimits{openPerAddr: 5, hello: time.Hour}, TCPAddress},
		{tcpLimits{perSecond: 1, burst: 4, hello: time.Hour}, TCPRate},
	} {
		tr := newTCPTransport(t, x.limits)
		n := tr.Counters()
		for range 10 {
			if c, err := net.Dial("tcp", tcpOf(tr).String()); err == nil { // else it was refused that soon
				defer c.Close()
			}
		}
		eventually(t, "all were looked at", func() bool { return n.TCPAccepted.Load() == 10 })
		eventually(t, "the rest is refused", func() bool { return n.TCPEnded[x.cause].Load() == 5 })
		if got := tr.Connections(); got != 5 {
			t.Errorf("%s: %d connections", x.cause, got)
		}
	}
}

// TestIdleConnectionsEnd: a connection that shows a check and says no more is
// let go.
func TestIdleConnectionsEnd(t *testing.T) {
	tr := newTCPTransport(t, tcpLimits{idle: 200 * time.Millisecond})
	s, creds := newSession(t, tr)
	a := agentAt{t, knock(t, tr)}
	a.check(creds)
	a.expect(stun.ClassSuccessResponse)
	eventually(t, "it is let go", func() bool { return tr.Counters().TCPEnded[TCPIdle].Load() == 1 && tr.Connections() == 0 })
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ice.paths) != 0 || len(s.known) != 0 {
		t.Errorf("%d paths and %d places are left", len(s.ice.paths), len(s.known))
	}
}

// TestSourceOf: an address of IPv4 stands for itself, one of IPv6 for its
// network.
func TestSourceOf(t *testing.T) {
	tr := newTCPTransport(t)
	if a := tcpOf(tr).Addr(); netaddr.Client(a) != a {
		t.Errorf("%v stands for %v", a, netaddr.Client(a))
	}
	a, b := net.ParseIP("2001:db8::1"), net.ParseIP("2001:db8::ffff:1")
	if x, y := netaddr.Client(addr(a)), netaddr.Client(addr(b)); x != y {
		t.Errorf("%v and %v are two", x, y)
	}
}
