package netaddr

import (
	"net/netip"
	"testing"
)

func TestClient(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.1":                    "192.0.2.1",
		"::ffff:192.0.2.1":             "192.0.2.1",
		"2001:db8:1:2:3:4:5:6":         "2001:db8:1:2::",
		"fe80::1%eth0":                 "fe80::",
		"2001:db8:1:2:ffff:ffff::ffff": "2001:db8:1:2::",
	} {
		if got := Client(netip.MustParseAddr(addr)); got != netip.MustParseAddr(want) {
			t.Errorf("%s stands for %s, want %s", addr, got, want)
		}
	}
	if got := Client(netip.Addr{}); got.IsValid() {
		t.Errorf("no address stands for %s", got)
	}
}

func TestBridge(t *testing.T) {
	for name, want := range map[string]bool{"docker0": true, "br-1a2b": true, "veth12": true, "eth0": false, "bridge0": false, "wg0": false, "": false} {
		if Bridge(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
