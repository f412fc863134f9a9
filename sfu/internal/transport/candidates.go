package transport

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// maxCandidates keeps answers short on machines with many addresses.
const maxCandidates = 8

// bridges are the interfaces of container runtimes and hypervisors: nobody
// outside this machine reaches them.
var bridges = []string{"docker", "br-", "veth", "virbr", "cni", "podman", "lxc", "lxd", "flannel", "cali", "vmnet", "vboxnet"}

// candidates are the addresses to tell clients, with their ports: what the
// operator says, else what a socket is bound to, else the machine's own
// addresses, or loopback when it has no other. Each is one that a socket of
// its family serves.
func candidates(advertise []netip.Addr, sockets []*socket) []netip.AddrPort {
	var out []netip.AddrPort
	add := func(a netip.Addr) {
		a = a.Unmap()
		for _, s := range sockets {
			local := s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
			if len(out) < maxCandidates && local.Addr().Unmap().Is4() == a.Is4() {
				if c := netip.AddrPortFrom(a, local.Port()); !slices.Contains(out, c) {
					out = append(out, c)
				}
				return
			}
		}
	}
	for _, a := range advertise {
		add(a)
	}
	if len(out) > 0 {
		return out
	}
	for _, s := range sockets {
		if a := s.conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(); !a.IsUnspecified() {
			add(a)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, a := range machineAddrs() {
		add(a)
	}
	if len(out) == 0 {
		add(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	return out
}

// machineAddrs are the addresses of the interfaces that are up, without
// loopback, link-local ones and bridges.
func machineAddrs() []netip.Addr {
	ifs, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, i := range ifs {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 || isBridge(i.Name) {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err != nil || p.Addr().IsLinkLocalUnicast() || !p.Addr().IsValid() {
				continue
			}
			out = append(out, p.Addr())
		}
	}
	return out
}

func isBridge(name string) bool {
	return slices.ContainsFunc(bridges, func(p string) bool { return strings.HasPrefix(name, p) })
}
