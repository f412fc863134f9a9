package transport

import (
	"os"
	"slices"
	"testing"
)

// TestPassingAddresses: temporary, deprecated, tentative and doubled addresses
// are told apart by the kernel's flags.
func TestPassingAddresses(t *testing.T) {
	const text = `20010db8000000000000000000000001 02 40 00 80     eth0
20010db8000000000000000000000002 02 40 00 01     eth0
20010db8000000000000000000000003 02 40 00 20     eth0
20010db8000000000000000000000004 02 40 00 c0     eth0
20010db8000000000000000000000005 02 40 00 88     eth0
20010db8000000000000000000000006 02 40 00 00     eth0
short 02 40 00 01     eth0
20010db8000000000000000000000007 02 40
`
	if got, want := parsePassing(text), addrs("2001:db8::2", "2001:db8::3", "2001:db8::4", "2001:db8::5"); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if b, err := os.ReadFile("/proc/net/if_inet6"); err == nil {
		t.Logf("%s%v", b, passingAddrs())
	}
}
