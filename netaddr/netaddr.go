// Package netaddr says what the addresses of clients and of this machine stand
// for, in the few ways in which every part that listens has to agree.
package netaddr

import (
	"net/netip"
	"slices"
	"strings"
)

// Client is whom an address stands for: an IPv4 address itself, and of an IPv6
// one the network of 64 bits, since one client has as many addresses of it as he
// likes. A zone is left out.
func Client(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return addr
}

// bridges begin the names of the interfaces of container runtimes and
// hypervisors.
var bridges = []string{"docker", "br-", "veth", "virbr", "cni", "podman", "lxc", "lxd", "flannel", "cali", "vmnet", "vboxnet"}

// Bridge says whether an interface of that name is a container runtime's or a
// hypervisor's: nobody outside this machine reaches its addresses.
func Bridge(name string) bool {
	return slices.ContainsFunc(bridges, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}
