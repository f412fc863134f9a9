package turn

import (
	"net"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// A machine with several addresses must not answer from another one than was
// asked, in either family.
func TestAnswersComeFromWhereTheyWereAsked(t *testing.T) {
	b := newBed(t, func(c *Config) { c.Addr = ":0" })
	at := []string{"127.0.0.1", "127.0.0.2", "127.1.2.3"}
	if probe, err := net.ListenPacket("udp6", "[::1]:0"); err == nil {
		_ = probe.Close()
		at = append(at, "::1")
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() {
			at = append(at, p.Addr().String())
		}
	}
	for _, to := range at {
		for _, from := range at {
			if netip.MustParseAddr(from).Is4() != netip.MustParseAddr(to).Is4() {
				continue
			}
			conn, err := net.ListenPacket("udp", net.JoinHostPort(from, "0"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			server, err := net.ResolveUDPAddr("udp", net.JoinHostPort(to, strconv.Itoa(b.Port())))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.WriteTo(stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw, server); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			_, answered, err := conn.ReadFrom(make([]byte, 1500))
			if err != nil || answered.String() != server.String() {
				t.Errorf("%s asked %s and was answered from %v, %v", from, server, answered, err)
			}
		}
	}
}

// What is remembered of clients is bounded, and of those who still write it is
// remembered.
func TestReachedAddressesAreBounded(t *testing.T) {
	c := &originConn{reached: map[netip.AddrPort]netip.Addr{}}
	ours := netip.MustParseAddr("192.0.2.1")
	busy := netip.MustParseAddrPort("198.51.100.1:1000")
	for i := range 5 * maxReached {
		c.note(netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, byte(i >> 16), byte(i >> 8), byte(i)}), 1), ours)
		if i%1000 == 0 {
			c.note(busy, ours)
		}
	}
	if n := len(c.reached) + len(c.reachedThen); n > 2*maxReached {
		t.Errorf("%d are remembered, more than %d", n, 2*maxReached)
	}
	if at, ok := c.where(busy); !ok || at != ours {
		t.Error("who still writes is forgotten")
	}
}
