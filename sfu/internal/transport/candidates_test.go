package transport

import (
	"net/netip"
	"slices"
	"testing"
)

func addrs(text ...string) (out []netip.Addr) {
	for _, a := range text {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func ports(text ...string) (out []netip.AddrPort) {
	for _, a := range text {
		out = append(out, netip.MustParseAddrPort(a))
	}
	return out
}

// TestCandidates: who says what clients are told, the operator, the socket or a
// STUN server, and that each is served by a socket of its family.
func TestCandidates(t *testing.T) {
	both := ports("0.0.0.0:7882", "[::]:7882")
	for _, x := range []struct {
		name              string
		advertise, public []netip.Addr
		sockets           []netip.AddrPort
		own, seen         []netip.AddrPort
	}{
		{"no socket", nil, addrs("203.0.113.1"), nil, nil, nil},
		{"said by the operator", addrs("198.51.100.1", "2001:db8::1", "198.51.100.1"), nil, both, ports("198.51.100.1:7882", "[2001:db8::1]:7882"), nil},
		{"mapped IPv4", addrs("::ffff:198.51.100.1"), nil, both, ports("198.51.100.1:7882"), nil},
		{"no socket of the family", addrs("198.51.100.1", "2001:db8::1"), nil, both[:1], ports("198.51.100.1:7882"), nil},
		{"bound to one", nil, nil, ports("192.0.2.9:1"), ports("192.0.2.9:1"), nil},
		{"behind NAT", nil, addrs("203.0.113.1", "2001:db8::7"), ports("192.168.1.9:1"), ports("192.168.1.9:1"), ports("203.0.113.1:1")},
		{"not behind NAT", nil, addrs("203.0.113.1"), ports("203.0.113.1:1"), ports("203.0.113.1:1"), nil},
	} {
		own, seen := candidates(x.advertise, x.public, x.sockets)
		if !slices.Equal(own, x.own) || !slices.Equal(seen, x.seen) {
			t.Errorf("%s: %v and %v, want %v and %v", x.name, own, seen, x.own, x.seen)
		}
	}
	var many []netip.Addr
	for i := range byte(3 * maxCandidates) {
		many = append(many, netip.AddrFrom4([4]byte{198, 51, 100, i}))
	}
	if own, seen := candidates(many, addrs("203.0.113.1"), both); len(own)+len(seen) != maxCandidates || len(seen) != 1 {
		t.Errorf("%d and %d", len(own), len(seen))
	}
}

// TestNearAddressesComeLast: those that everybody reaches are told first.
func TestNearAddressesComeLast(t *testing.T) {
	got := sorted(addrs("10.0.0.1", "fd00::1", "100.100.1.1", "203.0.113.1", "2001:db8::1", "192.168.1.1", "198.51.100.1"))
	want := addrs("203.0.113.1", "2001:db8::1", "198.51.100.1", "10.0.0.1", "fd00::1", "100.100.1.1", "192.168.1.1")
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
