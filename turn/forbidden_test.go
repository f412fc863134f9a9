package turn

import (
	"encoding/binary"
	"maps"
	"net"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// mappedPeer is an XOR-PEER-ADDRESS of an IPv4 address in the form of an IPv6
// one, ::ffff:a.b.c.d, which no library writes.
type mappedPeer struct{ net.UDPAddr }

func (p mappedPeer) AddTo(m *stun.Message) error {
	ip := p.IP.To16()
	v := make([]byte, 20)
	v[1] = 2 // IPv6
	binary.BigEndian.PutUint16(v[2:], uint16(p.Port)^0x2112)
	mask := append([]byte{0x21, 0x12, 0xa4, 0x42}, m.TransactionID[:]...)
	for i := range ip {
		v[4+i] = ip[i] ^ mask[i]
	}
	m.Add(stun.AttrXORPeerAddress, v)
	return nil
}

// TestForbiddenPeers asks for every class of forbidden peer in every way there
// is: nothing is permitted, nothing leaves, and the counters tell which it was.
func TestForbiddenPeers(t *testing.T) {
	b := newBed(t)
	c := b.allocated("call")
	channels := 0
	for _, class := range []struct {
		peer   string
		mapped bool
		want   Reason
	}{
		{"10.0.0.1:80", false, ReasonPrivate},
		{"172.16.5.4:80", false, ReasonPrivate},
		{"192.168.1.1:80", false, ReasonPrivate},
		{"[fd12:3456::1]:80", false, ReasonPrivate},
		{"127.8.8.8:80", false, ReasonLoopback},
		{"[::1]:9090", false, ReasonLoopback},
		{"169.254.7.7:80", false, ReasonLinkLocal},
		{"[fe80::1]:80", false, ReasonLinkLocal},
		{"224.0.0.251:5353", false, ReasonMulticast},
		{"239.255.255.250:1900", false, ReasonMulticast},
		{"[ff02::1]:80", false, ReasonMulticast},
		{"169.254.169.254:80", false, ReasonMetadata},
		{"100.100.100.200:80", false, ReasonMetadata},
		{"[fd00:ec2::254]:80", false, ReasonMetadata},
		{"0.0.0.0:80", false, ReasonUnspecified},
		{"[::]:80", false, ReasonUnspecified},
		{"100.64.1.1:80", false, ReasonCGNAT},
		{"255.255.255.255:80", false, ReasonReserved},
		{"[64:ff9b::a9fe:a9fe]:80", false, ReasonMetadata},
		{"[2002:a00:1::1]:80", false, ReasonPrivate},
		{"127.8.8.8:80", true, ReasonLoopback},
		{"10.0.0.1:80", true, ReasonPrivate},
		{"192.168.1.1:80", true, ReasonPrivate},
		{"169.254.7.7:80", true, ReasonLinkLocal},
		{"169.254.169.254:80", true, ReasonMetadata},
		{"224.0.0.251:80", true, ReasonMulticast},
	} {
		peer := peerAt(t, class.peer)
		attr := peerOf(peer)
		if class.mapped {
			attr = mappedPeer{peer}
		}
		for _, way := range []struct {
			name string
			try  func() bool // whether it was granted
		}{
			{"CreatePermission", func() bool { return c.do(stun.MethodCreatePermission, attr) == 0 }},
			{"ChannelBind", func() bool {
				channels++
				return c.do(stun.MethodChannelBind, channel(channels), attr) == 0
			}},
			{"Send", func() bool {
				m := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), attr,
					stun.RawAttribute{Type: stun.AttrData, Value: []byte("data")})
				if _, err := c.conn.Write(m.Raw); err != nil {
					t.Fatal(err)
				}
				return false
			}},
		} {
			before := b.Stats()
			if way.try() {
				t.Errorf("%s for %s (mapped: %v) was granted", way.name, class.peer, class.mapped)
			}
			reason := class.want
			if peer.IP.To4() == nil && way.name != "Send" {
				reason = ReasonFamily // whatever it is, an IPv4 relay has no such peer
			}
			want := maps.Clone(before.Refused)
			want[reason]++
			waitFor(t, way.name+" for "+class.peer+" is counted as "+string(reason), func() bool {
				return maps.Equal(b.Stats().Refused, want)
			})
			if after := b.Stats(); after.ToPeerPackets != before.ToPeerPackets {
				t.Errorf("%s for %s: something was sent", way.name, class.peer)
			}
		}
	}
}

// TestOwnPorts has a permission for this machine's own address, where the SFU
// is: no other port there can be sent to, in any way of writing the address.
func TestOwnPorts(t *testing.T) {
	b := newBed(t)
	other, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	target := *other.LocalAddr().(*net.UDPAddr)
	c := b.allocated("call")
	for i, attr := range []stun.Setter{peerOf(target), mappedPeer{target}} {
		before := b.Stats().Refused[ReasonLoopback]
		if code := c.do(stun.MethodCreatePermission, attr); code != 0 {
			t.Fatalf("permission for the SFU's address: %d", code)
		}
		m := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), attr,
			stun.RawAttribute{Type: stun.AttrData, Value: []byte("by indication")})
		_, _ = c.conn.Write(m.Raw)
		want := before + 1
		if i == 0 { // the second would be another channel of one peer
			if code := c.do(stun.MethodChannelBind, channel(1), attr); code != 0 {
				t.Fatalf("channel to the SFU's address: %d", code)
			}
			_, _ = c.conn.Write([]byte{0x40, 1, 0, 4, 'd', 'a', 't', 'a'})
			want++
		}
		waitFor(t, "both are counted", func() bool { return b.Stats().Refused[ReasonLoopback] == want })
	}
	_ = other.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, _, err := other.ReadFrom(make([]byte, 10)); err == nil {
		t.Fatalf("%d bytes reached a forbidden port", n)
	}
}

// TestStrangers: what peers send whom the client has not named is dropped, and
// uses up nothing of what the client may be sent.
func TestStrangers(t *testing.T) {
	b := newBed(t, func(c *Config) { c.MaxBytesPerSecPerUser = minBytesPerSec })
	c := b.allocated("call")
	b.mu.Lock()
	var port int
	for port = range b.relays {
	}
	b.mu.Unlock()
	relay := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	// The SFU itself is a stranger before it is named.
	for range 50 {
		if _, err := b.echo.WriteTo(make([]byte, 1000), relay); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "strangers are counted", func() bool { return b.Stats().Refused[ReasonPermission] == 50 })
	echo := *b.echo.LocalAddr().(*net.UDPAddr)
	if code := c.do(stun.MethodCreatePermission, peerOf(echo)); code != 0 {
		t.Fatalf("permission: %d", code)
	}
	c.indicate(echo, "hello")
	waitFor(t, "the echo comes back", func() bool { return b.Stats().FromPeerPackets == 1 })
	if n := b.Stats().Refused[ReasonUserBandwidth]; n != 0 {
		t.Errorf("%d datagrams were over the bandwidth", n)
	}
}

// TestTooManyPeers bounds what one relay remembers.
func TestTooManyPeers(t *testing.T) {
	t.Run("permissions", func(t *testing.T) {
		b := newBed(t)
		c := b.allocated("call")
		for i := range maxPeers + 1 {
			code := c.do(stun.MethodCreatePermission, peerOf(net.UDPAddr{IP: net.IPv4(9, 9, byte(i>>8), byte(i)), Port: 9}))
			if (code == 0) != (i < maxPeers) {
				t.Fatalf("permission %d: %d", i, code)
			}
		}
		if n := b.Stats().Refused[ReasonPeers]; n != 1 {
			t.Errorf("counted %d times", n)
		}
		// The known ones are refreshed; the old ones make room in time.
		if code := c.do(stun.MethodCreatePermission, peerOf(net.UDPAddr{IP: net.IPv4(9, 9, 0, 0), Port: 9})); code != 0 {
			t.Errorf("a refresh was refused: %d", code)
		}
		b.clock.advance(peerLife + time.Second)
		if code := c.do(stun.MethodCreatePermission, peerOf(net.UDPAddr{IP: net.IPv4(9, 8, 0, 0), Port: 9})); code != 0 {
			t.Errorf("refused after the others have expired: %d", code)
		}
	})
	t.Run("channels", func(t *testing.T) {
		b := newBed(t)
		c := b.allocated("call")
		for i := range maxChannels + 1 {
			if code := c.do(stun.MethodChannelBind, channel(i), peerOf(net.UDPAddr{IP: net.IPv4(9, 9, 9, 9), Port: i + 1})); code != 0 {
				t.Fatalf("channel %d: %d", i, code)
			}
		}
		waitFor(t, "the relay is ended", func() bool { return b.Stats().Allocations == 0 })
		if n := b.Stats().Refused[ReasonChannels]; n != 1 {
			t.Errorf("counted %d times", n)
		}
	})
}
