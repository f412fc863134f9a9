package transport

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	mrand "math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
)

func isDTLS(b []byte) bool { return b[0] >= 20 && b[0] <= 63 }

// rough loses, doubles and delays datagrams, so that they overtake each other.
func rough(seed uint64, loss float64) func(bool, []byte) []time.Duration {
	var mu sync.Mutex
	r := mrand.New(mrand.NewPCG(seed, 1))
	return func(bool, []byte) []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		var copies []time.Duration
		for range 1 + r.IntN(4)/3 {
			if r.Float64() >= loss {
				copies = append(copies, time.Duration(r.IntN(20))*time.Millisecond)
			}
		}
		return copies
	}
}

// TestHandshakeOnARoughPath: 25% lost each way, a quarter doubled, everything
// out of order, STUN included; both sides get the same keys.
func TestHandshakeOnARoughPath(t *testing.T) {
	tr := newTransport(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	for i := range 16 {
		wg.Go(func() {
			c := newClient(t, tr, tr.Candidates()[0])
			c.mangle = rough(uint64(i), 0.25)
			c.join()
			start := time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), 19*time.Second)
			defer cancel()
			if err := c.shake(ctx); err != nil {
				t.Errorf("client %d: %v", i, err)
				return
			}
			mu.Lock()
			took = append(took, time.Since(start))
			mu.Unlock()
			select {
			case <-c.h.connected:
			case <-ctx.Done():
				t.Errorf("client %d: the server has no keys", i)
			}
			for range 40 { // of 25% lost each way, none is no chance
				c.speak()
			}
			eventually(t, "an echo of a packet", func() bool { _, n, _ := c.counts(); return n > 0 })
		})
	}
	wg.Wait()
	t.Logf("25%% loss each way, doubled, reordered: connected in %s", percentiles(took))
}

// TestLastFlightLost: the client that never got our Finished repeats its own,
// and is sent it again though the handshake is over.
func TestLastFlightLost(t *testing.T) {
	tr := newTransport(t)
	c := newClient(t, tr, tr.Candidates()[0])
	var drop atomic.Int32
	c.mangle = func(out bool, b []byte) []time.Duration {
		// Our last flight begins with ChangeCipherSpec.
		if !out && b[0] == recordCCS && drop.Add(1) <= 2 {
			return nil
		}
		return []time.Duration{0}
	}
	c.connect()
	if n := drop.Load(); n < 3 {
		t.Fatalf("the last flight came %d times", n)
	}
	c.speak()
	eventually(t, "an echo", func() bool { _, n, _ := c.counts(); return n == 1 })
}

// TestLastFlightIsRepeatedWithMeasure: not to everything that comes, and not
// for ever.
func TestLastFlightIsRepeatedWithMeasure(t *testing.T) {
	tr := newTransport(t)
	c := newClient(t, tr, tr.Candidates()[0])
	var flights atomic.Int32
	c.mangle = func(out bool, b []byte) []time.Duration {
		if !out && b[0] == recordCCS {
			flights.Add(1)
		}
		return []time.Duration{0}
	}
	c.connect()
	eventually(t, "the handshake is over", func() bool { return !shaking(c.session) })
	s, had, now := c.session, flights.Load(), tr.Now()
	ccs := []byte{recordCCS, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1}
	junk := []byte{recordAlert, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0}
	late := now + linger.Microseconds() + 1_000_000
	for _, x := range []struct {
		at   int64
		b    []byte
		sent int32
	}{{now, junk, 0}, {now, ccs, 1}, {now + repeatEveryUs - 1, ccs, 1}, {now + repeatEveryUs, ccs, 2}, {late, ccs, 2}, {now, ccs, 2}} {
		s.dtlsRecord(x.at, bytes.Clone(x.b))
		eventually(t, "the flight", func() bool { return flights.Load() >= had+x.sent })
		if n := flights.Load() - had; n != x.sent {
			t.Fatalf("after %v at %d us the flight was sent %d times again, want %d", x.b, x.at-now, n, x.sent)
		}
	}
}

// TestHelloBeforeThePathIsProven: a ClientHello may overtake the client's answer
// to our check; it waits, and nothing is sent before.
func TestHelloBeforeThePathIsProven(t *testing.T) {
	tr := newTransport(t)
	c := newClient(t, tr, tr.Candidates()[0])
	var mu sync.Mutex
	hellos, held := 0, true
	var early atomic.Bool
	c.mangle = func(out bool, b []byte) []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case out && isDTLS(b):
			hellos++
			if hellos > 1 && held {
				return nil // only the first one arrives before the path is proven
			}
		case out && b[0] == 1 && held: // the answer to the server's check
			return nil
		case !out && isDTLS(b) && held:
			early.Store(true)
		}
		return []time.Duration{0}
	}
	c.options = []dtls.ClientOption{dtls.WithFlightInterval(time.Hour)}
	c.join()
	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	go func() { done <- c.shake(ctx) }()
	eventually(t, "a ClientHello waits", func() bool {
		c.session.mu.Lock()
		defer c.session.mu.Unlock()
		return c.session.dtls != nil
	})
	mu.Lock()
	held = false
	mu.Unlock()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if early.Load() {
		t.Error("the server sent DTLS to an address that was not proven")
	}
}

// large makes a certificate chain of several kilobytes.
func large(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: strings.Repeat("x", 60)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	for i := range 100 {
		template.DNSNames = append(template.DNSNames, strings.Repeat("abcdefghij", 5)+string(rune('a'+i%26))+".example")
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, der}, PrivateKey: key}
}

// TestCertificateLargerThanTheMTU: a chain of several kilobytes comes in
// fragments, also in small and disordered ones, and what we send fits every path.
func TestCertificateLargerThanTheMTU(t *testing.T) {
	tr := newTransport(t)
	cert := large(t)
	for _, mtu := range []int{1100, 400} {
		c := newClient(t, tr, tr.Candidates()[0])
		c.cert = cert
		c.options = []dtls.ClientOption{dtls.WithMTU(mtu)}
		c.mangle = rough(uint64(mtu), 0)
		c.connect()
		c.mu.Lock()
		largest := c.largest
		c.mu.Unlock()
		if largest == 0 || largest > 1200 {
			t.Errorf("the server sent %d bytes of DTLS at once", largest)
		}
		t.Logf("chain of %d bytes in fragments of %d: the server's largest datagram has %d bytes", len(cert.Certificate[0])*2, mtu, largest)
	}
	t.Logf("%d datagrams were over the queue's bound and came again", tr.Counters().DTLSDropped.Load())
}

// TestHandshakeFailuresByCause: each failure of a real client is counted under
// its own cause and told; what would end alike is not tried again.
func TestHandshakeFailuresByCause(t *testing.T) {
	tr, err := Listen(Config{Addr: "127.0.0.1:0", handshake: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	n := tr.Counters()
	attempt := func(c *client, d time.Duration) error {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return c.shake(ctx)
	}
	for _, x := range []struct {
		cause  HandshakeCause
		client func(c *client)
		final  bool
	}{
		{HandshakeNoProfile, func(c *client) {
			c.options = []dtls.ClientOption{dtls.WithSRTPProtectionProfiles(dtls.SRTP_NULL_HMAC_SHA1_80)}
		}, true},
		{HandshakeNoEMS, func(c *client) {
			c.options = []dtls.ClientOption{dtls.WithExtendedMasterSecret(dtls.DisableExtendedMasterSecret)}
		}, true},
		{HandshakeProtocol, func(c *client) {
			c.options = []dtls.ClientOption{dtls.WithCipherSuites(dtls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)}
		}, false},
		{HandshakeAlert, func(c *client) {
			c.options = []dtls.ClientOption{dtls.WithVerifyPeerCertificate(func([][]byte, [][]*x509.Certificate) error { return errFingerprint })}
		}, false},
		{HandshakeTimeout, func(c *client) {
			c.mangle = func(out bool, b []byte) []time.Duration {
				if !out && isDTLS(b) {
					return nil
				}
				return []time.Duration{0}
			}
		}, false},
	} {
		c := newClient(t, tr, tr.Candidates()[0])
		x.client(c)
		c.join()
		before := n.HandshakeFailures[x.cause].Load()
		if err := attempt(c, 1500*time.Millisecond); err == nil {
			t.Errorf("%v: the client connected", x.cause)
		}
		eventually(t, x.cause.String()+" is counted", func() bool { return n.HandshakeFailures[x.cause].Load() > before })
		select {
		case told := <-c.h.failed:
			if told.cause != x.cause || !strings.HasPrefix(told.err.Error(), x.cause.String()) {
				t.Errorf("%v: told %v, %v", x.cause, told.cause, told.err)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%v: the owner is not told", x.cause)
		}
		c.session.mu.Lock()
		if again := c.session.shakes < maxShakes; again == x.final && x.cause != HandshakeTimeout {
			t.Errorf("%v: another attempt %v", x.cause, again)
		}
		c.session.mu.Unlock()
		c.close()
	}

	// Another certificate than the offer's.
	c := newClient(t, tr, tr.Candidates()[0])
	c.join()
	c.cert = large(t)
	_ = attempt(c, 5*time.Second)
	eventually(t, "a wrong fingerprint is counted", func() bool {
		return n.HandshakeFailures[HandshakeFingerprint].Load() == 1 && n.FingerprintWrong.Load() == 1
	})
	// The session that ends in mid-handshake.
	c = newClient(t, tr, tr.Candidates()[0])
	c.mangle = func(out bool, b []byte) []time.Duration {
		if !out && isDTLS(b) {
			return nil
		}
		return []time.Duration{0}
	}
	c.join()
	ended := make(chan struct{})
	go func() { defer close(ended); _ = attempt(c, time.Second) }()
	eventually(t, "the handshake has begun", func() bool {
		c.session.mu.Lock()
		defer c.session.mu.Unlock()
		return c.session.dtls != nil && c.session.dtls.started
	})
	c.session.Close()
	<-ended
	eventually(t, "the end is counted", func() bool { return n.HandshakeFailures[HandshakeClosed].Load() == 1 })
	var sum uint64
	for i := range n.HandshakeFailures {
		sum += n.HandshakeFailures[i].Load()
	}
	if sum != n.HandshakeFailed.Load() {
		t.Errorf("%d failures by cause, %d in all", sum, n.HandshakeFailed.Load())
	}
}
