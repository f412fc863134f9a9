package turn

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v5"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// bed is a server on loopback with one allowed peer that echoes. Its clock
// stands still unless a test moves it.
type bed struct {
	*Server
	t     *testing.T
	clock *clock
	echo  *net.UDPConn
}

func newBed(t *testing.T, change ...func(*Config)) *bed {
	t.Helper()
	echo, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			n, from, err := echo.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = echo.WriteToUDPAddrPort(buf[:n], from)
		}
	}()
	b := &bed{t: t, echo: echo, clock: &clock{t: time.Now()}}
	cfg := Defaults()
	cfg.Addr = "127.0.0.1:0"
	for _, c := range change {
		c(&cfg)
	}
	b.Server, err = New(cfg,
		Options{
			SFU:     []netip.AddrPort{echo.LocalAddr().(*net.UDPAddr).AddrPort()},
			RelayIP: netip.MustParseAddr("127.0.0.1"), Now: b.clock.now,
		})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		_ = echo.Close()
		<-done
	})
	return b
}

// quiet keeps pion's client from writing into the test's output.
func quiet() logging.LoggerFactory {
	f := logging.NewDefaultLoggerFactory()
	f.DefaultLogLevel = logging.LogLevelDisabled
	f.ScopeLevels = map[string]logging.LogLevel{}
	return f
}

// dial makes a TURN client over network with one set of credentials.
func (b *bed) dial(network, username, password string) *pion.Client {
	b.t.Helper()
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port()))
	var conn net.PacketConn
	if network == "tcp" {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.t.Fatal(err)
		}
		conn = pion.NewSTUNConn(c)
	} else {
		var err error
		if conn, err = net.ListenPacket("udp4", "127.0.0.1:0"); err != nil {
			b.t.Fatal(err)
		}
	}
	client, err := pion.NewClient(&pion.ClientConfig{
		STUNServerAddr: addr, TURNServerAddr: addr, Username: username, Password: password, Realm: realm,
		Conn: conn, LoggerFactory: quiet(),
	})
	if err == nil {
		err = client.Listen()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { client.Close(); _ = conn.Close() })
	return client
}

func (b *bed) credentials(session string) (string, string) {
	servers := b.Issue("alice", session, "127.0.0.1")
	return servers[1].Username, servers[1].Credential
}

// exchange sends one datagram to peer and says whether it came back in time.
func exchange(t *testing.T, relay net.PacketConn, peer net.Addr, wait time.Duration) bool {
	t.Helper()
	want := []byte("hello " + peer.String())
	if _, err := relay.WriteTo(want, peer); err != nil {
		return false
	}
	if err := relay.SetReadDeadline(time.Now().Add(wait)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2048)
	n, from, err := relay.ReadFrom(buf)
	return err == nil && bytes.Equal(buf[:n], want) && from.String() == peer.String()
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatal("never: " + what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
