package turn

import (
	"net/netip"
	"testing"
)

func TestPeersByRange(t *testing.T) {
	sfu := netip.MustParseAddrPort("10.1.1.1:7882")
	rules, err := newPeerRules(
		[]netip.AddrPort{sfu},
		[]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("127.0.0.0/8")},
		netip.MustParseAddr("9.9.9.9"),
		func(port uint16) bool { return port == 50000 },
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		peer string
		want Reason
	}{
		{"8.8.8.8:53", ""},
		{"[2606:4700::1111]:443", ""},
		{"8.8.8.8:0", ReasonPort},
		{"10.1.1.1:7882", ""},          // the SFU
		{"[::ffff:10.1.1.1]:7882", ""}, // the same, mapped
		{"10.1.1.1:5432", ReasonOwn},   // another service there, although its network is allowed
		{"10.1.1.1:50000", ""},         // a relay of ours
		{"9.9.9.9:50000", ""},
		{"9.9.9.9:50001", ReasonOwn}, // in the range, but no relay's
		{"9.9.9.9:22", ReasonOwn},
		{"10.1.2.3:9", ""}, // allowed by the operator
		{"10.2.0.1:9", ReasonPrivate},
		{"127.0.0.1:9090", ReasonLoopback}, // cannot be allowed
		{"127.8.8.8:9090", ReasonLoopback},
		{"[::1]:9090", ReasonLoopback},
		{"[::ffff:127.0.0.1]:9090", ReasonLoopback},
		{"0.0.0.0:9090", ReasonUnspecified},
		{"0.1.2.3:9090", ReasonUnspecified},
		{"[::]:9090", ReasonUnspecified},
		{"172.16.0.1:9", ReasonPrivate},
		{"172.31.255.255:9", ReasonPrivate},
		{"172.32.0.1:9", ""},
		{"192.168.1.1:9", ReasonPrivate},
		{"[::ffff:192.168.1.1]:9", ReasonPrivate},
		{"[fc00::1]:9", ReasonPrivate},
		{"[fec0::1]:9", ReasonPrivate},
		{"100.64.0.1:9", ReasonCGNAT},
		{"100.127.255.255:9", ReasonCGNAT},
		{"100.128.0.1:9", ""},
		{"169.254.1.1:9", ReasonLinkLocal},
		{"[fe80::1%eth0]:9", ReasonLinkLocal},
		{"224.0.0.1:9", ReasonMulticast},
		{"239.255.255.250:1900", ReasonMulticast},
		{"[ff02::1]:9", ReasonMulticast},
		{"192.0.0.8:9", ReasonReserved},
		{"192.0.2.1:9", ReasonReserved},
		{"192.88.99.1:9", ReasonReserved},
		{"198.18.0.1:9", ReasonReserved},
		{"198.19.255.255:9", ReasonReserved},
		{"198.51.100.1:9", ReasonReserved},
		{"203.0.113.1:9", ReasonReserved},
		{"240.0.0.1:9", ReasonReserved},
		{"255.255.255.255:9", ReasonReserved},
		{"[2001:db8::1]:9", ReasonReserved},
		{"[2001::1]:9", ReasonReserved},
		{"[100::1]:9", ReasonReserved},
		{"[::127.0.0.1]:9", ReasonReserved},
		{"[64:ff9b::7f00:1]:9", ReasonLoopback},
		{"[64:ff9b::808:808]:9", ""},
		{"[2002:c0a8:101::1]:9", ReasonPrivate},
		{"169.254.169.254:80", ReasonMetadata},
		{"169.254.170.2:80", ReasonMetadata},
		{"100.100.100.200:80", ReasonMetadata},
		{"192.0.0.192:80", ReasonMetadata},
		{"168.63.129.16:80", ReasonMetadata},
		{"[::ffff:169.254.169.254]:80", ReasonMetadata},
		{"[fd00:ec2::254]:80", ReasonMetadata},
		{"[64:ff9b::a9fe:a9fe]:80", ReasonMetadata},
	} {
		if got := rules.refuse(netip.MustParseAddrPort(c.peer)); got != c.want {
			t.Errorf("%s: refused as %q, want %q", c.peer, got, c.want)
		}
	}
	for ip, want := range map[string]Reason{
		"10.1.1.1": "", "9.9.9.9": "", "8.8.8.8": "", "127.0.0.1": ReasonLoopback, "192.168.7.7": ReasonPrivate,
	} {
		if got := rules.refuseIP(netip.MustParseAddr(ip)); got != want {
			t.Errorf("permission for %s: refused as %q, want %q", ip, got, want)
		}
	}
}

func TestPortRange(t *testing.T) {
	for _, good := range []string{"49152-50175", "1-65535", "7-7"} {
		if r, err := ParsePortRange(good); err != nil || r.String() != good {
			t.Errorf("%s: %v, %v", good, r, err)
		}
	}
	for _, bad := range []string{"", "1", "0-5", "9-8", "1-65536", "a-b", "1-2-3", "-1-5"} {
		if _, err := ParsePortRange(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
