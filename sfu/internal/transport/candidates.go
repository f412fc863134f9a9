package transport

import (
	"cmp"
	"net"
	"net/netip"
	"slices"

	"github.com/boltorezka/boltorezka/netaddr"
)

// maxCandidates keeps answers short on machines with many addresses.
const maxCandidates = 8

// candidates are the addresses to tell clients of some sockets, with their ports:
// the machine's own, and those of public that are none of them.
func candidates(advertise, public []netip.Addr, sockets []netip.AddrPort) (own, seen []netip.AddrPort) {
	if len(sockets) == 0 {
		return nil, nil
	}
	addrs := ownAddrs(advertise, sockets)
	for _, a := range serve(public, sockets) {
		if !slices.Contains(addrs, a.Addr()) {
			seen = append(seen, a)
		}
	}
	own = serve(addrs, sockets)
	return own[:min(len(own), maxCandidates-len(seen))], seen
}

// ownAddrs are the addresses to tell clients: what the operator says, else what
// a socket is bound to, else the machine's own addresses, or loopback when it
// has no other.
func ownAddrs(advertise []netip.Addr, sockets []netip.AddrPort) []netip.Addr {
	var out []netip.Addr
	add := func(a netip.Addr) {
		if a = a.Unmap(); !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	for _, a := range advertise {
		add(a)
	}
	if len(out) > 0 {
		return out
	}
	for _, s := range sockets {
		if !s.Addr().IsUnspecified() {
			add(s.Addr())
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, a := range sorted(machineAddrs()) {
		add(a)
	}
	if len(out) == 0 {
		add(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	return out
}

// serve gives addresses the ports of the sockets of their families.
func serve(addrs []netip.Addr, sockets []netip.AddrPort) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range addrs {
		i := slices.IndexFunc(sockets, func(s netip.AddrPort) bool { return s.Addr().Unmap().Is4() == a.Is4() })
		if i >= 0 {
			out = append(out, netip.AddrPortFrom(a, sockets[i].Port()))
		}
	}
	return out
}

// machineAddrs are the addresses of the interfaces that are up, without
// loopback, link-local ones, bridges, and the IPv6 addresses that do not last.
func machineAddrs() []netip.Addr {
	ifs, err := net.Interfaces()
	if err != nil {
		return nil
	}
	passing := passingAddrs()
	var out []netip.Addr
	for _, i := range ifs {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 || netaddr.Bridge(i.Name) {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err != nil || p.Addr().IsLinkLocalUnicast() || slices.Contains(passing, p.Addr()) {
				continue
			}
			out = append(out, p.Addr())
		}
	}
	return out
}

// sorted puts the addresses that everybody can reach before those of private
// networks (RFC 1918, RFC 6598, unique local ones of RFC 4193), which only
// neighbours reach and which are kept for them.
func sorted(addrs []netip.Addr) []netip.Addr {
	slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return cmp.Compare(nearness(a), nearness(b)) })
	return addrs
}

var shared = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598, and what overlay networks use

func nearness(a netip.Addr) int {
	if a.IsPrivate() || shared.Contains(a) {
		return 1
	}
	return 0
}
