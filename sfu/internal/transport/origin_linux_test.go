package transport

import (
	"net"
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"
)

// TestAnswersLeaveFromTheAddressThatWasReached: a machine with several
// addresses must not answer from another one.
func TestAnswersLeaveFromTheAddressThatWasReached(t *testing.T) {
	tr, err := Listen(Config{Addr: ":0"})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	_, c := newSession(t, tr)
	for _, to := range []string{"127.0.0.1", "127.0.0.2", "127.1.2.3"} {
		// A connected socket takes datagrams from that address only.
		conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(to), tr.Candidates()[0].Port())))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		a := agentAt{t, conn}
		a.check(c)
		if a.expect(stun.ClassSuccessResponse) == nil {
			t.Errorf("no answer from %s", to)
		}
	}
}
