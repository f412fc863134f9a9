//go:build !linux

package transport

import "net/netip"

// rawOf is an address as net.UDPConn takes it.
func rawOf(a netip.AddrPort) rawAddr { return a }
