package transport

import (
	"context"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
)

// TestCrowdJoinsAtOnce: all connect, a call in progress loses nothing
// meanwhile, and when the handshakes are over no goroutine a peer is left.
func TestCrowdJoinsAtOnce(t *testing.T) {
	tr := newTransport(t)
	a := newClient(t, tr, tr.Candidates()[0])
	a.connect()
	eventually(t, "the first handshake is let go", func() bool { return !shaking(a.session) })
	server := runtime.NumGoroutine()
	stop := a.call()
	clients := make([]*client, crowd)
	for i := range clients {
		clients[i] = newClient(t, tr, tr.Candidates()[0])
		// The clients' CPU is this machine's too: they do not repeat themselves.
		clients[i].options = []dtls.ClientOption{dtls.WithFlightInterval(time.Second)}
	}
	took := make([]time.Duration, crowd)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			start := time.Now()
			c.join()
			if err := c.shake(ctx); err != nil {
				t.Errorf("client %d: %v", i, err)
				return
			}
			select {
			case <-c.h.connected:
			case <-ctx.Done():
				t.Errorf("client %d: the server has no keys", i)
			}
			took[i] = time.Since(start)
		})
	}
	wg.Wait()
	stop()
	t.Logf("%d joins at once: %s, clients' CPU included", crowd, percentiles(took))
	t.Logf("a call meanwhile: %s", a.complete())
	if n := tr.Counters().HandshakeFailed.Load(); n != 0 {
		t.Errorf("%d handshakes failed", n)
	}
	eventually(t, "the handshakes are let go", func() bool {
		for _, c := range clients {
			if shaking(c.session) {
				return false
			}
		}
		return true
	})
	for _, c := range clients {
		c.speak()
	}
	for i, c := range clients {
		eventually(t, "an echo", func() bool { _, n, _ := c.counts(); return n == 1 })
		if i%50 == 0 {
			runtime.Gosched()
		}
	}
	for _, c := range clients {
		c.stop()
	}
	eventually(t, "no goroutine a peer is left", func() bool { return runtime.NumGoroutine() <= server+2 })
	if n := tr.Sessions(); n != crowd+1 {
		t.Errorf("%d sessions", n)
	}
}

func shaking(s *Session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dtls != nil
}

// TestBothFamilies: clients on IPv4 and IPv6 and at several addresses of the
// machine share one server on wildcard sockets; one that moves between the
// families is followed.
func TestBothFamilies(t *testing.T) {
	tr, err := Listen(Config{Addr: ":0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	if len(tr.sockets) < 2 {
		t.Skip("no IPv6 here")
	}
	port := tr.Candidates()[0].Port()
	at := func(a string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(a), port) }
	var wg sync.WaitGroup
	for _, a := range []string{"127.0.0.1", "127.0.0.3", "::1"} {
		wg.Go(func() {
			c := newClient(t, tr, at(a))
			c.connect()
			stop := c.call()
			time.Sleep(100 * time.Millisecond)
			stop()
			t.Logf("%s: %s", a, c.complete())
		})
	}
	wg.Wait()
	c := newClient(t, tr, at("::1"))
	c.connect()
	c.quiet.Store(true)
	c.mu.Lock()
	c.remote = at("127.0.0.1")
	c.mu.Unlock()
	c.open()
	c.check()
	eventually(t, "IPv4 is selected", func() bool { return c.session.RemoteAddr() == c.addr() })
	c.speak()
	eventually(t, "an echo by IPv4", func() bool { _, n, _ := c.counts(); return n == 1 })
}
