package turn

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Config is what an operator may set.
type Config struct {
	// Addr is host:port to listen on, UDP and TCP; "off" or empty: no server.
	Addr string
	// TLSAddr is host:port of a port for TURN over TLS alone, beside the one
	// that it shares with HTTPS; "off": no TURN over TLS at all.
	TLSAddr string
	// RelayPorts are the UDP ports that relayed addresses are taken from.
	RelayPorts PortRange
	// AllowPeers are networks that relays may reach although their addresses
	// are not public. The server's own addresses stay closed all the same.
	AllowPeers []netip.Prefix
	// MaxAllocations and MaxAllocationsPerUser are how many relays there may be
	// at a time: in all (0: as many as relay ports), and of one user over all
	// of his voice sessions (0: no limit).
	MaxAllocations, MaxAllocationsPerUser int
	// MaxBytesPerSec and MaxBytesPerSecPerUser are what may be relayed, both
	// directions together and without headers, with a second's worth at once; 0: no limit.
	MaxBytesPerSec, MaxBytesPerSecPerUser int
	// External is another TURN server to tell clients of.
	External External
}

// Defaults returns the defaults. A client makes a relay for each of its
// networks, over each transport, for the SFU and for each pair: 16 are many for
// a call, and while its path is mended the old ones stay. A listener is sent
// 75 kB of voice a second at most.
func Defaults() Config {
	return Config{
		Addr: ":3478", RelayPorts: PortRange{First: 49152, Last: 50175},
		MaxAllocationsPerUser: 48, MaxBytesPerSecPerUser: 1_000_000,
	}
}

// minBytesPerSec is the least that a limit may be set to: less carries no call.
const minBytesPerSec = 20_000

// Validate returns an error that names the first setting that cannot work.
func (c Config) Validate() error {
	for _, n := range []struct {
		key          string
		value, least int
	}{
		{"maxAllocations", c.MaxAllocations, 1},
		{"maxAllocationsPerUser", c.MaxAllocationsPerUser, 1},
		{"maxBytesPerSec", c.MaxBytesPerSec, minBytesPerSec},
		{"maxBytesPerSecPerUser", c.MaxBytesPerSecPerUser, minBytesPerSec},
	} {
		if n.value != 0 && n.value < n.least {
			return fmt.Errorf("turn.%s: %d is not accepted; give 0 (no limit of its own) or %d and more", n.key, n.value, n.least)
		}
	}
	return c.External.validate()
}

// Off says that the built-in server is not wanted.
func (c Config) Off() bool { return c.Addr == "" || c.Addr == "off" }

// TLSOff says that TURN over TLS is not wanted.
func (c Config) TLSOff() bool { return c.Off() || c.TLSAddr == "off" }

// PortRange is an inclusive range of ports, written "49152-50175".
type PortRange struct{ First, Last uint16 }

// ParsePortRange reads "first-last".
func ParsePortRange(s string) (PortRange, error) {
	first, last, ok := strings.Cut(s, "-")
	a, errA := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	b, errB := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	if !ok || errA != nil || errB != nil || a == 0 || b < a {
		return PortRange{}, fmt.Errorf("%q is not a range of ports such as 49152-50175", s)
	}
	return PortRange{First: uint16(a), Last: uint16(b)}, nil
}

// String writes the range as ParsePortRange reads it.
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.First, r.Last) }

// Len is the number of ports in the range.
func (r PortRange) Len() int { return int(r.Last) - int(r.First) + 1 }

// Contains says whether port is in the range.
func (r PortRange) Contains(port int) bool { return port >= int(r.First) && port <= int(r.Last) }

// iceURLs names the server at host (a name or an address, no port) for an
// RTCIceServer: the STUN URL apart, since it takes no credentials.
func iceURLs(host string, port int) (stun, turn []string) {
	at := net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
	return []string{"stun:" + at}, []string{"turn:" + at + "?transport=udp", "turn:" + at + "?transport=tcp"}
}
