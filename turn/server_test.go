package turn

import (
	"bytes"
	"crypto/rand"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRelay(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			b := newBed(t)
			user, pass := b.credentials("call")
			client := b.dial(network, user, pass)
			relay, err := client.Allocate()
			if err != nil {
				t.Fatal(err)
			}
			if got := relay.LocalAddr().(*net.UDPAddr); !b.cfg.RelayPorts.Contains(got.Port) || !got.IP.IsLoopback() {
				t.Errorf("relayed address %s", got)
			}
			if !exchange(t, relay, b.echo.LocalAddr(), 5*time.Second) {
				t.Fatal("no echo through the relay")
			}
			// A datagram is counted once it is sent: its echo may be back before.
			waitFor(t, "both directions are counted", func() bool {
				st := b.Stats()
				return st.Allocations == 1 && st.AllocationsTotal == 1 && st.ToPeerPackets > 0 && st.FromPeerBytes > 0
			})
			if err := relay.Close(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the allocation ends", func() bool { return b.Stats().Allocations == 0 })
			// The same client may allocate again.
			if relay, err = client.Allocate(); err != nil {
				t.Fatal(err)
			}
			if !exchange(t, relay, b.echo.LocalAddr(), 5*time.Second) {
				t.Fatal("no echo through the second relay")
			}
			_ = relay.Close()
		})
	}
}

func TestRelayToRelay(t *testing.T) {
	b := newBed(t)
	var relays [2]net.PacketConn
	for i, network := range []string{"udp", "tcp"} {
		user, pass := b.credentials(network)
		relay, err := b.dial(network, user, pass).Allocate()
		if err != nil {
			t.Fatal(err)
		}
		defer relay.Close()
		relays[i] = relay
	}
	go func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := relays[1].ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = relays[1].WriteTo(buf[:n], from)
		}
	}()
	// Each side needs a permission for the other, so the first datagrams may drop.
	_, _ = relays[1].WriteTo([]byte("open"), relays[0].LocalAddr())
	waitFor(t, "one relay reaches the other", func() bool {
		return exchange(t, relays[0], relays[1].LocalAddr(), 300*time.Millisecond)
	})
}

// TestPeerPort has a permission for the echo's address, and tries another port there.
func TestPeerPort(t *testing.T) {
	b := newBed(t)
	other, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	user, pass := b.credentials("call")
	relay, err := b.dial("udp", user, pass).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	if !exchange(t, relay, b.echo.LocalAddr(), 5*time.Second) {
		t.Fatal("no echo")
	}
	// Outwards: the same address, a port that is not the SFU's.
	if _, err := relay.WriteTo([]byte("x"), other.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the datagram is refused", func() bool { return b.Stats().Refused[ReasonLoopback] == 1 })
	_ = other.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, _, err := other.ReadFrom(make([]byte, 10)); err == nil {
		t.Fatalf("%d bytes reached a forbidden port", n)
	}
	// Inwards: from that port to the relay.
	if _, err := other.WriteTo([]byte("y"), relay.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the datagram is refused", func() bool { return b.Stats().Refused[ReasonLoopback] == 2 })
	_ = relay.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, _, err := relay.ReadFrom(make([]byte, 10)); err == nil {
		t.Fatalf("%d bytes came from a forbidden port", n)
	}
}

func TestForbiddenPermission(t *testing.T) {
	b := newBed(t)
	user, pass := b.credentials("call")
	client := b.dial("udp", user, pass)
	relay, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	for _, peer := range []string{"192.168.255.1", "169.254.169.254", "224.0.0.1", "0.0.0.0", "10.255.255.1"} {
		if err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(peer), Port: 80}); err == nil {
			t.Errorf("a permission for %s was given", peer)
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Run("wrong password", func(t *testing.T) {
		b := newBed(t)
		user, _ := b.credentials("call")
		if _, err := b.dial("udp", user, "guess").Allocate(); err == nil {
			t.Fatal("a wrong password was taken")
		}
		if b.Stats().Refused[ReasonPassword] == 0 {
			t.Error("not counted")
		}
	})
	t.Run("expired", func(t *testing.T) {
		b := newBed(t)
		user, pass := b.credentials("call")
		b.clock.advance(Lifetime)
		if _, err := b.dial("udp", user, pass).Allocate(); err == nil {
			t.Fatal("an expired credential was taken")
		}
		if b.Stats().Refused[ReasonExpired] == 0 {
			t.Error("not counted")
		}
		b.sweep(b.clock.now())
		if len(b.grants) != 0 {
			t.Error("an expired grant is kept")
		}
	})
	t.Run("malformed and forged", func(t *testing.T) {
		b := newBed(t)
		_, pass := b.credentials("call")
		later := b.clock.now().Add(Lifetime * 2)
		for _, user := range []string{
			"alice", "::", "x:alice:call", "-5:alice:call", username(later, "alice", "call"), username(later, "bob", "call"),
		} {
			if _, err := b.dial("udp", user, pass).Allocate(); err == nil {
				t.Errorf("%q was taken", user)
			}
		}
		st := b.Stats()
		if st.Refused[ReasonMalformed] == 0 || st.Refused[ReasonUnknown] == 0 {
			t.Errorf("not counted: %v", st.Refused)
		}
	})
}

func TestRevoke(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			b := newBed(t)
			user, pass := b.credentials("call")
			client := b.dial(network, user, pass)
			relay, err := client.Allocate()
			if err != nil {
				t.Fatal(err)
			}
			defer relay.Close()
			otherUser, otherPass := b.credentials("other")
			other, err := b.dial(network, otherUser, otherPass).Allocate()
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			if !exchange(t, relay, b.echo.LocalAddr(), 5*time.Second) {
				t.Fatal("no echo")
			}
			b.Revoke("alice", "call")
			b.Revoke("alice", "call")
			b.Revoke("nobody", "none")
			if exchange(t, relay, b.echo.LocalAddr(), 200*time.Millisecond) {
				t.Error("a revoked session's relay still works")
			}
			if !exchange(t, other, b.echo.LocalAddr(), 5*time.Second) {
				t.Error("another session's relay went too")
			}
			if n := b.Stats().Allocations; n != 1 {
				t.Errorf("%d allocations are left, want the other's", n)
			}
			if _, err := b.dial(network, user, pass).Allocate(); err == nil {
				t.Error("a revoked credential was taken")
			}
			if b.Stats().Refused[ReasonUnknown] == 0 {
				t.Error("not counted")
			}
		})
	}
}

func TestGarbage(t *testing.T) {
	b := newBed(t)
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port()))
	udp, err := net.Dial("udp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for n := range 200 {
		junk := make([]byte, n*9)
		_, _ = rand.Read(junk)
		if n%3 == 0 && len(junk) > 20 {
			copy(junk, []byte{0, 3, 0, byte(n), 0x21, 0x12, 0xa4, 0x42}) // begins as an Allocate request
		}
		_, _ = udp.Write(junk)
	}
	for _, junk := range [][]byte{
		bytes.Repeat([]byte{0xff}, 4096),
		{0x40, 0x00, 0xff, 0xff},         // ChannelData over the bound
		{0x00, 0x01, 0xff, 0xfc},         // STUN over the bound
		bytes.Repeat([]byte{0x00}, 4096), // STUN without the cookie
		[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + strings.Repeat("a", 100)),
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write(junk)
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := conn.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
			t.Errorf("% x...: the connection stayed open: %v", junk[:4], err)
		}
		_ = conn.Close()
	}
	waitFor(t, "the connections are forgotten", func() bool { return b.Stats().StreamConnections == 0 })
	user, pass := b.credentials("call")
	relay, err := b.dial("tcp", user, pass).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	if !exchange(t, relay, b.echo.LocalAddr(), 5*time.Second) {
		t.Error("no echo after the garbage")
	}
}

func TestCloseEndsEverything(t *testing.T) {
	b := newBed(t)
	for i, network := range []string{"udp", "tcp"} {
		user, pass := b.credentials(strconv.Itoa(i))
		relay, err := b.dial(network, user, pass).Allocate()
		if err != nil {
			t.Fatal(err)
		}
		defer relay.Close()
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if st := b.Stats(); st.Allocations != 0 || st.StreamConnections != 0 {
		t.Errorf("left after Close: %+v", st)
	}
	again, err := New(Config{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port())), RelayPorts: b.cfg.RelayPorts}, Options{})
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestListenErrors(t *testing.T) {
	b := newBed(t)
	taken := net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port()))
	for _, cfg := range []Config{
		{Addr: "off", RelayPorts: PortRange{First: 1, Last: 2}},
		{Addr: taken, RelayPorts: PortRange{First: 1, Last: 2}},
		{Addr: "no port", RelayPorts: PortRange{First: 1, Last: 2}},
		{Addr: "127.0.0.1:0"},
	} {
		if s, err := New(cfg, Options{}); err == nil {
			t.Errorf("%+v was taken", cfg)
			_ = s.Close()
		}
	}
}

func TestExternal(t *testing.T) {
	now := time.Unix(1700000000, 0)
	if _, ok := (External{}).Issue("u", "s", now); ok {
		t.Error("a server out of nothing")
	}
	got, ok := External{URLs: []string{"turn:t.example:3478"}, Secret: "north"}.Issue("u", "s", now)
	// printf 1700604800:u:s | openssl dgst -sha1 -hmac north -binary | base64
	if !ok || got.Username != "1700604800:u:s" || got.Credential != "NSEgHBXyoWo7mhfFeFyOSgjfopQ=" {
		t.Errorf("%+v", got)
	}
}

func TestIssueNamesTheServer(t *testing.T) {
	b := newBed(t)
	for _, host := range []string{"talk.example", "[2606:4700::1]", "2606:4700::1"} {
		servers := b.Issue("u", "s", host)
		want := net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(b.Port()))
		if servers[0].URLs[0] != "stun:"+want || servers[1].URLs[1] != "turn:"+want+"?transport=tcp" {
			t.Errorf("%s: %v", host, servers)
		}
	}
}

func TestPortsRunOut(t *testing.T) {
	s, err := New(Config{Addr: "127.0.0.1:0", RelayPorts: PortRange{First: 49152, Last: 49153}}, Options{RelayIP: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := &bed{Server: s, t: t}
	opened := 0
	for i := range 3 {
		user, pass := b.credentials(strconv.Itoa(i))
		if relay, err := b.dial("udp", user, pass).Allocate(); err == nil {
			defer relay.Close()
			opened++
		}
	}
	if opened > 2 {
		t.Errorf("%d relays on two ports", opened)
	}
}
