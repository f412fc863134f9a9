package turn

import (
	"net"
	"testing"

	"github.com/pion/stun/v4"
)

// evenPort asks for an even port and the one after it.
var evenPort = stun.RawAttribute{Type: stun.AttrEvenPort, Value: []byte{0x80}}

// What a client asks of ports opens none before it is known whether he may have
// a relay.
func TestEvenPorts(t *testing.T) {
	b := newBed(t, func(c *Config) {
		c.RelayPorts = PortRange{First: 21414, Last: 21417}
		c.MaxAllocationsPerUser = 2
	})
	user, pass := b.credentials("call")

	// No lifetime: never a relay, and no promise of one is left.
	if code := b.raw(user, pass).do(stun.MethodAllocate, udpTransport, evenPort, lifetime(0)); code != stun.CodeInsufficientCapacity {
		t.Errorf("for no time: %d", code)
	}
	waitFor(t, "the promise is taken back", func() bool { return b.ledger.promises.Load() == 0 })

	c := b.raw(user, pass)
	if code := c.do(stun.MethodAllocate, udpTransport, evenPort); code != 0 {
		t.Fatalf("an even port: %d", code)
	}
	var relayed stun.XORMappedAddress
	if err := relayed.GetFromAs(c.answer, stun.AttrXORRelayedAddress); err != nil || relayed.Port%2 != 0 {
		t.Errorf("%v, %v: not even", relayed, err)
	}
	token, err := c.answer.Get(stun.AttrReservationToken)
	if err != nil {
		t.Fatalf("no token for the next port: %v", err)
	}
	next := b.raw(user, pass)
	if code := next.do(stun.MethodAllocate, udpTransport, stun.RawAttribute{Type: stun.AttrReservationToken, Value: token}); code != 0 {
		t.Fatalf("the next port: %d", code)
	}
	var second stun.XORMappedAddress
	if err := second.GetFromAs(next.answer, stun.AttrXORRelayedAddress); err != nil || second.Port != relayed.Port+1 {
		t.Errorf("%v after %v, %v", second, relayed, err)
	}

	// One of the two even ports that there are is free, and stays so while the
	// quota is full: a program that takes all others finds it.
	if code := b.raw(user, pass).do(stun.MethodAllocate, udpTransport, evenPort); code != stun.CodeAllocQuotaReached {
		t.Errorf("over the quota: %d", code)
	}
	free := 21414 + 21416 - relayed.Port
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{Port: free})
	if err != nil {
		t.Fatalf("the free port is not free: %v", err)
	}
	_ = conn.Close()
	if st := b.Stats(); st.Refused[ReasonUserQuota] != 1 || st.Allocations != 2 || st.AllocationsTotal != 2 {
		t.Errorf("%+v", st)
	}
}

// Relays are IPv4; who asks for another family is refused, and counted.
func TestRelaysAreIPv4(t *testing.T) {
	b := newBed(t)
	user, pass := b.credentials("call")
	six := stun.RawAttribute{Type: stun.AttrRequestedAddressFamily, Value: []byte{2, 0, 0, 0}}
	if code := b.raw(user, pass).do(stun.MethodAllocate, udpTransport, six); code != stun.CodeInsufficientCapacity {
		t.Errorf("%d", code)
	}
	if st := b.Stats(); st.Refused[ReasonFamily] != 1 || st.Allocations != 0 {
		t.Errorf("%+v", st)
	}
	waitFor(t, "the promise is taken back", func() bool { return b.ledger.promises.Load() == 0 })
}
