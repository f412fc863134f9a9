package transport

import (
	"net"
	"net/netip"
	"testing"
	"unsafe"

	"github.com/pion/stun/v4"
	"golang.org/x/sys/unix"
)

// TestAnswersLeaveFromTheAddressThatWasReached: a machine with several
// addresses must not answer from another one, in either family.
func TestAnswersLeaveFromTheAddressThatWasReached(t *testing.T) {
	tr, err := Listen(Config{Addr: ":0"})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	_, c := newSession(t, tr)
	at := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.1.2.3")}
	if len(tr.sockets) > 1 {
		at = append(at, netip.IPv6Loopback())
	}
	for _, a := range machineAddrs() {
		if a.Is4() || len(tr.sockets) > 1 {
			at = append(at, a)
		}
	}
	for _, to := range at {
		// A connected socket takes datagrams from that address only.
		conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, tr.Candidates()[0].Port())))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		a := agentAt{t, conn}
		a.check(c)
		if a.expect(stun.ClassSuccessResponse) == nil {
			t.Errorf("no answer from %s", to)
		}
	}
}

// TestOriginOfIPv6: the interface is kept for link-local addresses only, which
// mean nothing without it.
func TestOriginOfIPv6(t *testing.T) {
	for _, x := range []struct {
		addr string
		want uint32
	}{{"2001:db8::1", 0}, {"fe80::1", 7}} {
		info := unix.Inet6Pktinfo{Addr: netip.MustParseAddr(x.addr).As16(), Ifindex: 7}
		out := origin(unix.PktInfo6(&info))
		if len(out) != unix.CmsgSpace(unix.SizeofInet6Pktinfo) {
			t.Fatalf("%s: %d bytes", x.addr, len(out))
		}
		got := (*unix.Inet6Pktinfo)(unsafe.Pointer(&out[unix.CmsgLen(0)]))
		if got.Addr != info.Addr || got.Ifindex != x.want {
			t.Errorf("%s: leaves from %v on interface %d, want %d", x.addr, got.Addr, got.Ifindex, x.want)
		}
	}
	if origin(make([]byte, 3)) != nil || origin(make([]byte, controlSize)) != nil {
		t.Error("an origin without pktinfo")
	}
}
