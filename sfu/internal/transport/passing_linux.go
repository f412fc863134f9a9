package transport

import (
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// passingAddrs are this machine's IPv6 addresses that no client should be told
// of: temporary ones (RFC 8981), which another replaces within a day, deprecated
// ones, and ones that are not yet known to be nobody else's.
func passingAddrs() []netip.Addr {
	b, err := os.ReadFile("/proc/net/if_inet6")
	if err != nil {
		return nil // no IPv6
	}
	return parsePassing(string(b))
}

// parsePassing reads lines of address, interface, prefix length, scope, flags
// and name, the numbers in hexadecimal (proc_net(5)).
func parsePassing(text string) []netip.Addr {
	var out []netip.Addr
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 6 {
			continue
		}
		raw, err := hex.DecodeString(f[0])
		flags, ferr := strconv.ParseUint(f[4], 16, 32)
		a, ok := netip.AddrFromSlice(raw)
		if err != nil || ferr != nil || !ok {
			continue
		}
		if flags&(unix.IFA_F_TEMPORARY|unix.IFA_F_DEPRECATED|unix.IFA_F_TENTATIVE|unix.IFA_F_DADFAILED) != 0 {
			out = append(out, a)
		}
	}
	return out
}
