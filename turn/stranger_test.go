package turn

import (
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// Connections that come to nothing take no place from those that do.
func TestStrangersAreBounded(t *testing.T) {
	b := newBed(t)
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port()))
	friend := b.dial("tcp", first(b.credentials("s")), second(b.credentials("s")))
	relay, err := friend.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	for range maxStrangers + 10 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	waitFor(t, "the rest to be refused", func() bool { return b.Stats().Refused[ReasonConns] == 10 })
	if n := b.Stats().StreamConnections; n != maxStrangers+1 {
		t.Errorf("%d connections, want the strangers' %d and a friend's", n, maxStrangers)
	}
	if !exchange(t, relay, b.echo.LocalAddr(), 5*time.Second) {
		t.Error("the friend is cut off")
	}
}

// Whatever somebody says, it is an allocation that keeps his connection.
func TestOldestStrangerMakesRoom(t *testing.T) {
	b := newBed(t)
	var conns []net.Conn
	add := func() *streamConn {
		ours, theirs := net.Pipe()
		t.Cleanup(func() { _ = theirs.Close() })
		n := len(conns)
		conns = append(conns, ours)
		from := &net.TCPAddr{IP: net.IPv4(10, byte(n>>16), byte(n>>8), byte(n)), Port: 1000}
		return b.addStream(&cameFrom{ours, from})
	}
	first := add()
	first.setBusy(true)
	second := add()
	for len(conns) < maxStreams {
		add()
	}
	if add() == nil {
		t.Fatal("refused though a stranger could make room")
	}
	b.mu.Lock()
	kept, gone := b.streams[first.peer] == first, b.streams[second.peer] == nil
	left := make([]*streamConn, 0, len(b.streams))
	for _, c := range b.streams {
		left = append(left, c)
	}
	b.mu.Unlock()
	if !kept || !gone {
		t.Errorf("kept who has an allocation: %v; ended the oldest who has none: %v", kept, gone)
	}
	_ = second.Close() // as its reader does
	for _, c := range left {
		_ = c.Close()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.strangers) != 0 {
		t.Errorf("%d networks are still counted", len(b.strangers))
	}
}

type cameFrom struct {
	net.Conn
	from net.Addr
}

func (c *cameFrom) RemoteAddr() net.Addr { return c.from }

// A server may be up before its network: what it is reached by is asked anew.
func TestAddressesChange(t *testing.T) {
	var moved atomic.Bool
	cfg := Defaults()
	cfg.Addr = "127.0.0.1:0"
	sfu := netip.MustParseAddrPort("192.0.2.7:7882")
	s, err := New(cfg, Options{
		RelayIP: netip.MustParseAddr("127.0.0.1"),
		Addresses: func() ([]netip.AddrPort, netip.Addr) {
			if !moved.Load() {
				return nil, netip.Addr{}
			}
			return []netip.AddrPort{sfu}, sfu.Addr()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, want := range []struct {
		ip     string
		reason Reason
	}{{"127.0.0.1", ReasonReserved}, {"192.0.2.7", ""}} {
		if err := s.rules.refresh(); err != nil {
			t.Fatal(err)
		}
		if ip := s.RelayIP(); ip != netip.MustParseAddr(want.ip) {
			t.Errorf("relays are at %s, want %s", ip, want.ip)
		}
		if got := s.rules.refuse(sfu); got != want.reason {
			t.Errorf("the SFU is refused for %q, want %q", got, want.reason)
		}
		moved.Store(true)
	}
}

func first(a, _ string) string  { return a }
func second(_, b string) string { return b }
