package turn

import (
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
)

// block is a range of addresses that relays do not reach, and why.
type block struct {
	prefix netip.Prefix
	reason Reason
}

// blocks are the special-purpose ranges of RFC 6890 and its registries, and
// the fixed addresses where cloud providers keep a machine's secrets, some of
// which look public. The first match names the reason, so the narrow come first.
var blocks = []block{
	{netip.MustParsePrefix("169.254.169.254/32"), ReasonMetadata},
	{netip.MustParsePrefix("169.254.170.2/32"), ReasonMetadata},
	{netip.MustParsePrefix("100.100.100.200/32"), ReasonMetadata},
	{netip.MustParsePrefix("192.0.0.192/32"), ReasonMetadata},
	{netip.MustParsePrefix("168.63.129.16/32"), ReasonMetadata},
	{netip.MustParsePrefix("fd00:ec2::254/128"), ReasonMetadata},
	{netip.MustParsePrefix("fd20:ce::254/128"), ReasonMetadata},

	{netip.MustParsePrefix("0.0.0.0/8"), ReasonUnspecified},
	{netip.MustParsePrefix("10.0.0.0/8"), ReasonPrivate},
	{netip.MustParsePrefix("100.64.0.0/10"), ReasonCGNAT},
	{netip.MustParsePrefix("127.0.0.0/8"), ReasonLoopback},
	{netip.MustParsePrefix("169.254.0.0/16"), ReasonLinkLocal},
	{netip.MustParsePrefix("172.16.0.0/12"), ReasonPrivate},
	{netip.MustParsePrefix("192.0.0.0/24"), ReasonReserved},
	{netip.MustParsePrefix("192.0.2.0/24"), ReasonReserved},
	{netip.MustParsePrefix("192.88.99.0/24"), ReasonReserved},
	{netip.MustParsePrefix("192.168.0.0/16"), ReasonPrivate},
	{netip.MustParsePrefix("198.18.0.0/15"), ReasonReserved},
	{netip.MustParsePrefix("198.51.100.0/24"), ReasonReserved},
	{netip.MustParsePrefix("203.0.113.0/24"), ReasonReserved},
	{netip.MustParsePrefix("224.0.0.0/4"), ReasonMulticast},
	{netip.MustParsePrefix("240.0.0.0/4"), ReasonReserved},

	{netip.MustParsePrefix("::/128"), ReasonUnspecified},
	{netip.MustParsePrefix("::1/128"), ReasonLoopback},
	{netip.MustParsePrefix("::/96"), ReasonReserved},
	{netip.MustParsePrefix("64:ff9b:1::/48"), ReasonReserved},
	{netip.MustParsePrefix("100::/64"), ReasonReserved},
	{netip.MustParsePrefix("2001::/23"), ReasonReserved},
	{netip.MustParsePrefix("2001:db8::/32"), ReasonReserved},
	{netip.MustParsePrefix("3fff::/20"), ReasonReserved},
	{netip.MustParsePrefix("5f00::/16"), ReasonReserved},
	{netip.MustParsePrefix("fc00::/7"), ReasonPrivate},
	{netip.MustParsePrefix("fe80::/10"), ReasonLinkLocal},
	{netip.MustParsePrefix("fec0::/10"), ReasonPrivate},
	{netip.MustParsePrefix("ff00::/8"), ReasonMulticast},
}

var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the last 4 bytes are an IPv4 address
	sixToFour = netip.MustParsePrefix("2002::/16")    // RFC 3056: bytes 2 to 5 are one
)

// classify returns why addr is not a public unicast address, or "".
func classify(addr netip.Addr) Reason {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() {
		return ReasonUnspecified
	}
	for _, b := range blocks {
		if b.prefix.Contains(addr) {
			return b.reason
		}
	}
	// An address that carries an IPv4 address inside goes where that one goes.
	if raw := addr.As16(); nat64.Contains(addr) {
		return classify(netip.AddrFrom4([4]byte(raw[12:16])))
	} else if sixToFour.Contains(addr) {
		return classify(netip.AddrFrom4([4]byte(raw[2:6])))
	}
	return ""
}

// peerRules decide which peers a relay may exchange datagrams with.
type peerRules struct {
	allow []netip.Prefix
	// isRelay says whether a port is an open relay's of this server.
	isRelay func(port uint16) bool
	// look says what the SFU and relays are reached by; addrs are the machine's
	// addresses. Both change; refresh asks for them anew.
	look  func() (sfu []netip.AddrPort, relay netip.Addr)
	addrs func() ([]net.Addr, error)
	known atomic.Pointer[surroundings]
}

// surroundings are the addresses that rules are about.
type surroundings struct {
	sfu   map[netip.AddrPort]bool
	sfuIP map[netip.Addr]bool
	relay netip.Addr
	own   map[netip.Addr]bool // the machine's
}

func newPeerRules(sfu []netip.AddrPort, allow []netip.Prefix, relay netip.Addr, isRelay func(uint16) bool) (*peerRules, error) {
	r := &peerRules{allow: allow, isRelay: isRelay, addrs: net.InterfaceAddrs}
	r.look = func() ([]netip.AddrPort, netip.Addr) { return sfu, relay }
	return r, r.refresh()
}

// refresh reads the addresses.
func (r *peerRules) refresh() error {
	list, err := r.addrs()
	if err != nil {
		return fmt.Errorf("turn: read the machine's addresses: %w", err)
	}
	sfu, relay := r.look()
	k := &surroundings{sfu: map[netip.AddrPort]bool{}, sfuIP: map[netip.Addr]bool{}, relay: relay, own: make(map[netip.Addr]bool, len(list))}
	for _, a := range sfu {
		ip := a.Addr().Unmap()
		k.sfu[netip.AddrPortFrom(ip, a.Port())] = true
		k.sfuIP[ip] = true
	}
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			k.own[p.Addr().Unmap().WithZone("")] = true
		}
	}
	r.known.Store(k)
	return nil
}

func (k *surroundings) isOwn(ip netip.Addr) bool {
	return ip.IsLoopback() || ip == k.relay || k.sfuIP[ip] || k.own[ip]
}

// localIP is what relays' sockets are bound to: the address that they are
// reached by, where that is this machine's, so that what they send comes from
// there too, else (nil) any. Loopback is what a machine without a network has,
// and it may have one by the next datagram.
func (r *peerRules) localIP() net.IP {
	k := r.known.Load()
	if k.relay.IsLoopback() || !k.own[k.relay] {
		return nil
	}
	return k.relay.AsSlice()
}

// refuse returns why a datagram to or from peer must be dropped, or "". The
// machine's own addresses come before the operator's list: allowing a LAN must
// not open this machine's other services.
func (r *peerRules) refuse(peer netip.AddrPort) Reason {
	ip := peer.Addr().Unmap().WithZone("")
	k := r.known.Load()
	switch {
	case peer.Port() == 0:
		return ReasonPort
	case k.sfu[netip.AddrPortFrom(ip, peer.Port())]:
		return ""
	case k.isOwn(ip):
		if r.isRelay(peer.Port()) {
			return ""
		}
		if ip.IsLoopback() {
			return ReasonLoopback
		}
		return ReasonOwn
	}
	return r.refuseIP(ip)
}

// refuseIP returns why no port of ip may be a peer, or "". It answers
// CreatePermission and ChannelBind early; each datagram is checked by refuse.
func (r *peerRules) refuseIP(ip netip.Addr) Reason {
	ip = ip.Unmap().WithZone("")
	k := r.known.Load()
	if ip == k.relay || k.sfuIP[ip] {
		return ""
	}
	if ip.IsLoopback() {
		return ReasonLoopback
	}
	if k.isOwn(ip) {
		return ""
	}
	for _, p := range r.allow {
		if p.Contains(ip) {
			return ""
		}
	}
	return classify(ip)
}
