package turn

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// What a relay sends comes from the address that it is told to others by, where
// that is this machine's; behind a NAT it comes from where the system says.
func TestRelaysSendFromTheirAddress(t *testing.T) {
	own := netip.Addr{}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() {
			own = p.Addr()
		}
	}
	for _, c := range []struct {
		name  string
		relay netip.Addr
		from  netip.Addr
	}{
		{"its own", own, own},
		{"a router's", netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("127.0.0.1")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !c.relay.IsValid() {
				t.Skip("this machine has no IPv4 address but loopback")
			}
			b := newBed(t)
			peer, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			defer peer.Close()
			at := *peer.LocalAddr().(*net.UDPAddr)
			b.rules.look = func() ([]netip.AddrPort, netip.Addr) { return []netip.AddrPort{at.AddrPort()}, c.relay }
			client := b.allocated("call")
			var relayed stun.XORMappedAddress
			if err := relayed.GetFromAs(client.answer, stun.AttrXORRelayedAddress); err != nil || relayed.IP.String() != c.relay.String() {
				t.Fatalf("told of %v, %v", relayed, err)
			}
			if code := client.do(stun.MethodCreatePermission, peerOf(at)); code != 0 {
				t.Fatalf("permission: %d", code)
			}
			client.indicate(at, "hello")
			_ = peer.SetReadDeadline(time.Now().Add(5 * time.Second))
			_, from, err := peer.ReadFromUDPAddrPort(make([]byte, 100))
			if want := netip.AddrPortFrom(c.from, uint16(relayed.Port)); err != nil || from != want {
				t.Errorf("came from %s, want %s; %v", from, want, err)
			}
		})
	}
}

// Permissions and channels that come in while their relay is being closed harm
// nobody.
func TestPermissionsOfClosingRelays(t *testing.T) {
	b := newBed(t)
	for round := range 100 {
		c := b.allocated("call")
		var sending sync.WaitGroup
		sending.Go(func() {
			for n := range 20 {
				ip := net.IPv4(9, 9, byte(round), byte(n))
				c.tell(stun.MethodCreatePermission, peerOf(net.UDPAddr{IP: ip, Port: 9}))
				c.tell(stun.MethodChannelBind, channel(n), peerOf(net.UDPAddr{IP: ip, Port: 9}))
			}
		})
		waitFor(t, "some are there", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			for _, r := range b.relays {
				if r.hasPeer(netip.AddrFrom4([4]byte{9, 9, byte(round), 2})) {
					return true
				}
			}
			return false
		})
		b.Revoke("alice", "call")
		sending.Wait()
	}
	waitFor(t, "nothing is left in the ledger", b.empty)
}
