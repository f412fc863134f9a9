package transport

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// dialFrom is a socket at another loopback address.
func dialFrom(t testing.TB, tr *Transport, from string) *net.UDPConn {
	t.Helper()
	c, err := net.DialUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 0)), net.UDPAddrFromAddrPort(tr.Candidates()[0]))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// flood sends n datagrams that next makes, about 10,000 a second.
func flood(send func([]byte), n int, next func(i int) []byte) {
	for i := range n {
		send(next(i))
		if i%10 == 9 {
			time.Sleep(time.Millisecond)
		}
	}
}

// hello is a ClientHello of nobody, with a random of its own.
func hello(seq byte) []byte {
	body := make([]byte, 2+32+1+1+2+2+2)
	body[0], body[1] = 0xfe, 0xfd
	for i := range 32 {
		body[2+i] = byte(rand.Uint32())
	}
	copy(body[36:], []byte{0, 2, 0xc0, 0x2b, 1, 0})
	m := append([]byte{clientHello, 0, 0, byte(len(body)), 0, 0, 0, 0, 0, 0, 0, byte(len(body))}, body...)
	return append([]byte{recordHandshake, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, byte(rand.Uint32()), seq, 0, byte(len(m))}, m...)
}

func junk(first byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	b[0] = first
	return b
}

// TestFloodsDoNotReachACall: while each flood goes on, two calls lose nothing,
// what is dropped is counted, and nothing is left running.
func TestFloodsDoNotReachACall(t *testing.T) {
	tr := newTransport(t)
	n := tr.Counters()
	const burst = 300
	a, b := newClient(t, tr, tr.Candidates()[0]), newClient(t, tr, tr.Candidates()[0])
	a.connect()
	b.connect()
	spare := newClient(t, tr, tr.Candidates()[0])
	spare.connect()
	target := newClient(t, tr, tr.Candidates()[0]) // whose password and address the attacker has
	target.connect()
	elsewhere := dialFrom(t, tr, "127.0.0.66")
	away := func(x []byte) { _, _ = elsewhere.Write(x) }
	bad := target.connectivityCheck()
	bad[len(bad)-20] ^= 1 // in the integrity
	nobody, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername("nobodyhere:abcd"), stun.NewShortTermIntegrity("x"), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	media := target.seal(100)
	target.write(media)
	flipped := func(int) []byte {
		x := append([]byte(nil), media...)
		x[12+rand.IntN(len(x)-12)] ^= 1 << rand.IntN(8)
		return x
	}
	forged := func(change func(x []byte)) func(int) []byte {
		return func(int) []byte {
			x := append([]byte(nil), media...)
			change(x)
			return x
		}
	}
	same := func(x []byte) func(int) []byte { return func(int) []byte { return x } }
	time.Sleep(50 * time.Millisecond)
	for _, f := range []struct {
		name    string
		send    func([]byte)
		next    func(int) []byte
		counted func() uint64
	}{
		{"garbage", away, func(int) []byte { return junk(200, 100) }, n.Unknown.Load},
		{"STUN of nobody", away, same(nobody.Raw), n.STUNUnknown.Load},
		{"STUN with a wrong integrity", away, same(bad), func() uint64 { return n.STUNIntegrity.Load() + n.STUNLimited.Load() }},
		{"the same in a client's name", target.write, same(bad), n.STUNIntegrity.Load},
		{"media from an unknown address", away, same(media), n.UnknownAddress.Load},
		{"DTLS from an unknown address", away, func(int) []byte { return hello(0) }, n.UnknownAddress.Load},
		{"media replayed in a client's name", target.write, same(media), n.Undecryptable.Load},
		{"media with a bit flipped", target.write, flipped, n.Undecryptable.Load},
		{"media of another SSRC", target.write, forged(func(x []byte) { x[9] = byte(rand.Uint32()) }), n.Undecryptable.Load},
		{"media with a huge jump", target.write, forged(func(x []byte) { x[2] ^= 0x80; x[3] = byte(rand.Uint32()) }), n.Undecryptable.Load},
		{"another session's media", target.write, func(int) []byte { return spare.seal(50) }, n.Undecryptable.Load},
		{"reports of nobody", target.write, func(int) []byte { return append([]byte{128, 200}, junk(0, 60)...) }, n.Undecryptable.Load},
		{"ClientHellos after the handshake", target.write, func(i int) []byte { return hello(byte(i)) }, n.DTLSRefused.Load},
		{"alerts after the handshake", target.write, same([]byte{recordAlert, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40}), n.DTLSRefused.Load},
	} {
		goroutines := runtime.NumGoroutine()
		stopA, stopB := a.call(), b.call()
		before := f.counted()
		flood(f.send, burst, f.next)
		stopA()
		stopB()
		// The kernel may have had no room for some of them.
		for sent := burst; f.counted()-before < burst && sent < 10*burst; sent += 10 {
			flood(f.send, 10, f.next)
		}
		eventually(t, f.name+" is counted", func() bool { return f.counted()-before >= burst })
		a.complete()
		t.Logf("%-34s b: %s", f.name, b.complete())
		eventually(t, f.name+" leaves no goroutine", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	}
	if n := n.HandshakeFailed.Load(); n != 0 {
		t.Errorf("%d handshakes failed", n)
	}
	// The session that was played with still works.
	before := target.receivedNow()
	target.speak()
	eventually(t, "the target's voice comes back", func() bool { return target.receivedNow() > before })
}

// TestHandshakeUnderForgery: while a client shakes hands, somebody else writes
// its address on plaintext alerts, records of other types, ones that do not
// parse, huge fragments and ClientHellos of his own; the handshake completes.
func TestHandshakeUnderForgery(t *testing.T) {
	tr := newTransport(t)
	bystander := newClient(t, tr, tr.Candidates()[0])
	bystander.connect()
	stop := bystander.call()
	goroutines := runtime.NumGoroutine()
	for _, f := range []struct {
		name string
		next func(i int) []byte
	}{
		{"fatal alerts", func(i int) []byte {
			return []byte{recordAlert, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, byte(i >> 8), byte(i), 0, 2, 2, 40}
		}},
		{"close_notify", func(i int) []byte {
			return []byte{recordAlert, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, byte(i >> 8), byte(i), 0, 2, 1, 0}
		}},
		{"application data", func(i int) []byte {
			return []byte{23, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, byte(i >> 8), byte(i), 0, 2, 1, 0}
		}},
		{"records of no type", func(i int) []byte {
			return []byte{40, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, byte(i >> 8), byte(i), 0, 2, 1, 0}
		}},
		{"ChangeCipherSpec that is none", func(i int) []byte {
			return []byte{recordCCS, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, byte(i >> 8), byte(i), 0, 2, 1, 0}
		}},
		{"garbage", func(int) []byte { return junk(recordHandshake, 80) }},
		{"records under no keys", func(i int) []byte {
			b := junk(recordHandshake, 80)
			copy(b[1:], []byte{0xfe, 0xfd, 0, 1, 0, 0, 0, 0, byte(i >> 8), byte(i), 0, 67})
			return b
		}},
		{"huge fragments", func(i int) []byte {
			b := junk(recordHandshake, 1200)
			copy(b[1:], []byte{0xfe, 0xfd, 0, 0, 0, 0, 0, 0, byte(i >> 8), byte(i), 0x04, 0xa3})
			copy(b[13:], []byte{certificate, 0x1f, 0xff, 0xff, 0, byte(2 + i), 0, 0, 0, 0, 0x04, 0x97})
			return b
		}},
		{"other ClientHellos", func(i int) []byte { return hello(byte(i)) }},
	} {
		c := newClient(t, tr, tr.Candidates()[0])
		c.mangle = func(out bool, b []byte) []time.Duration {
			if isDTLS(b) {
				return []time.Duration{5 * time.Millisecond} // long enough to be hit
			}
			return []time.Duration{0}
		}
		c.join()
		raw := func(b []byte) {
			c.mu.Lock()
			defer c.mu.Unlock()
			_, _ = c.conn.Write(b)
		}
		// A ClientHello before the client's own is beyond help: DTLS 1.2 believes
		// the first one (see records.go for what can be told apart).
		<-c.answered
		ended := make(chan struct{})
		quit := make(chan struct{})
		go func() {
			defer close(ended)
			eventually(t, "the handshake has begun", func() bool {
				c.session.mu.Lock()
				defer c.session.mu.Unlock()
				return c.session.dtls != nil && c.session.dtls.started
			})
			time.Sleep(2 * time.Millisecond)
			for i := 0; ; i += 10 {
				select {
				case <-quit:
					return
				default:
					flood(raw, 10, func(j int) []byte { return f.next(i + j) })
				}
			}
		}()
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		start := time.Now()
		if err := c.shake(ctx); err != nil {
			t.Errorf("%s: %v", f.name, err)
		} else {
			select {
			case <-c.h.connected:
				t.Logf("%-30s connected in %v", f.name, time.Since(start).Round(time.Millisecond))
			case <-ctx.Done():
				t.Errorf("%s: the server has no keys", f.name)
			}
		}
		cancel()
		close(quit)
		<-ended
		c.close()
	}
	stop()
	t.Log(bystander.complete())
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	if n := tr.Counters().HandshakeFailed.Load(); n != 0 {
		t.Errorf("%d handshakes failed", n)
	}
}

// TestStreamsAreBounded: a client with keys that takes a new SSRC for every
// packet does not make the server keep state of each.
func TestStreamsAreBounded(t *testing.T) {
	var s streams
	for i := range uint32(10 * maxStreams) {
		if s.room(i) {
			s.add(i)
		}
	}
	if s.n != maxStreams || !s.room(0) || !s.room(maxStreams-1) || s.room(maxStreams) {
		t.Errorf("%d streams", s.n)
	}
}
