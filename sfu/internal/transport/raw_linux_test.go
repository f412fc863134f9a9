package transport

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawOf is an address as the kernel takes it.
func rawOf(a netip.AddrPort) rawAddr {
	if a.Addr().Is4() {
		var out rawAddr
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&out))
		v4.Family, v4.Addr, v4.Port = unix.AF_INET, a.Addr().As4(), ntohs(a.Port())
		return out
	}
	return rawAddr{Family: unix.AF_INET6, Addr: a.Addr().As16(), Port: ntohs(a.Port())}
}
