package transport

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// bench is a session with a proven path, keys and a reader of its own, for fuzz
// targets and benchmarks: nothing of it is on the network.
type bench struct {
	tr          *Transport
	s           *Session
	creds       Credentials
	sock        *book
	w           *Batch
	known, away rawAddr
}

func newBench(t testing.TB, h Handler) *bench {
	t.Helper()
	tr := newTransport(t)
	b := &bench{tr: tr, w: NullBatch(), known: rawOf(netip.MustParseAddrPort("192.0.2.1:1000")), away: rawOf(netip.MustParseAddrPort("198.51.100.2:2000"))}
	var err error
	b.s, b.creds, err = tr.NewSession(h, Remote{Ufrag: remoteUfrag, Pwd: remotePwd, Hash: "sha-256", Fingerprint: "00"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.s.Close)
	b.sock = &book{byAddr: map[netip.AddrPort]owner{}}
	return b
}

// prove gives the session a path at the known address, without DTLS.
func (b *bench) prove(now int64) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	a := addrOf(&b.known)
	p := b.s.ice.find(place{addr: a})
	if p == nil {
		p = b.s.newPath(now, route{place: place{addr: a}, raw: b.known}, b.s.ice.newest())
	}
	b.s.claim(b.sock, place{addr: a}, true)
	p.provenBy, p.consentAt, p.heardAt = b.s.ice.newest(), now, now
	b.s.choose(now, p)
}

// keys gives the session SRTP contexts.
func (b *bench) keys() {
	b.s.rx, b.s.tx = Sink().tx, Sink().tx
	b.s.ready.Store(true)
}

func (b *bench) check(t testing.TB, extra ...stun.Setter) []byte {
	t.Helper()
	set := append([]stun.Setter{stun.TransactionID, stun.BindingRequest, stun.NewUsername(b.creds.Ufrag + ":" + remoteUfrag)}, extra...)
	m, err := stun.Build(append(set, stun.NewShortTermIntegrity(b.creds.Pwd), stun.Fingerprint)...)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

// FuzzSTUN takes any bytes for a STUN message, from a client's address and
// from elsewhere, as they are and with a right integrity.
func FuzzSTUN(f *testing.F) {
	b := newBench(f, deaf{})
	f.Add(b.check(f))
	f.Add(b.check(f, nominate, priority(3)))
	f.Add(b.check(f, attr{attrICEControlled, make([]byte, 8)}))
	f.Add(b.check(f, attr{0x7abc, []byte{1}}))
	response, err := stun.Build(stun.TransactionID, stun.BindingSuccess, stun.NewShortTermIntegrity(remotePwd))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(response.Raw)
	f.Add([]byte{0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	now := int64(1)
	f.Fuzz(func(t *testing.T, x []byte) {
		now += 10_000
		for _, from := range []*rawAddr{&b.known, &b.away} {
			b.tr.stun(b.sock, now, datagram{b: append([]byte(nil), x...), from: from}, b.w)
		}
		// Behind the integrity: what somebody who knows the password may write.
		if h, ok := parseSTUN(x); ok && h.class == 0 {
			if attrs, _, ok := signed(h.body); ok {
				m := &stun.Message{}
				m.WriteHeader()
				m.Raw = append(m.Raw[:0], x[:20+len(attrs)]...)
				m.Length = uint32(len(attrs))
				m.WriteLength()
				if m.Decode() == nil && stun.NewShortTermIntegrity(b.creds.Pwd).AddTo(m) == nil {
					b.tr.stun(b.sock, now, datagram{b: append([]byte(nil), m.Raw...), from: &b.away}, b.w)
				}
			}
			attribute(h.body, stun.AttrUsername)
			unknown(h.body)
		}
		b.w.flush()
		b.s.mu.Lock()
		defer b.s.mu.Unlock()
		if len(b.s.ice.paths) > maxPaths || len(b.s.known) > maxPaths {
			t.Fatalf("%d paths, %d addresses", len(b.s.ice.paths), len(b.s.known))
		}
		for _, p := range b.s.ice.paths {
			if p.provenBy != nil {
				t.Fatal("an address was proven by nothing")
			}
		}
	})
}

// FuzzDemux takes any datagram from a client with keys and from unknown
// addresses; nothing is believed, and the call's own packet passes after it.
func FuzzDemux(f *testing.F) {
	h := newEcho()
	b := newBench(f, h)
	b.keys()
	b.prove(1)
	f.Add(b.check(f))
	f.Add(append([]byte{128, 111}, make([]byte, 40)...))
	f.Add(append([]byte{0x9f, 111}, make([]byte, 100)...))
	f.Add(append([]byte{128, 200}, make([]byte, 40)...))
	f.Add(append([]byte{recordHandshake, 254, 253}, make([]byte, 40)...))
	f.Add(hello(1))
	f.Add([]byte{70, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
	now := int64(1)
	f.Fuzz(func(t *testing.T, x []byte) {
		if len(x) > bufferSize {
			return
		}
		now += 10_000
		b.prove(now)
		before := b.tr.counters.Handshakes.Load()
		for _, from := range []*rawAddr{&b.known, &b.away} {
			b.tr.packet(b.sock, now, datagram{b: append([]byte(nil), x...), from: from}, b.w)
		}
		b.w.flush()
		if b.tr.counters.Handshakes.Load() != before || b.s.rtpIn.n != 0 || b.s.controlIn.n != 0 {
			t.Fatal("something was believed")
		}
		if a := b.s.RemoteAddr(); a != addrOf(&b.known) {
			t.Fatalf("media goes to %v", a)
		}
	})
}

// FuzzDTLSRecords throws any records at a session in mid-handshake. They end no
// handshake, and what the server keeps of them is bounded.
func FuzzDTLSRecords(f *testing.F) {
	f.Add(hello(1))
	f.Add(hello(1)[:40])
	f.Add([]byte{recordAlert, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40})
	f.Add([]byte{recordCCS, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1})
	f.Add([]byte{23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40})
	f.Add(append([]byte{recordHandshake, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 16, clientKeys, 0, 0, 4, 0, 1, 0, 0, 0, 0, 0, 4}, 1, 2, 3, 4))
	f.Add(append([]byte{recordHandshake, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 16, certificate, 0, 0, 4, 0, 1, 0, 0, 0, 0, 0, 4}, 0, 0, 1, 0))
	b := newBench(f, deaf{})
	b.prove(1)
	goroutines := runtime.NumGoroutine()
	now := int64(1)
	f.Fuzz(func(t *testing.T, x []byte) {
		if len(x) > bufferSize {
			return
		}
		now += 10_000
		b.prove(now)
		b.s.mu.Lock()
		b.s.shakes = min(b.s.shakes, maxShakes-1) // not the end of this session
		begun := b.s.dtls
		b.s.mu.Unlock()
		if begun == nil {
			b.s.dtlsRecord(now, append([]byte(nil), hello(0)...))
		}
		var next uint32
		r := admit(append([]byte(nil), x...), &next)
		if again := admit(append([]byte(nil), r.kept...), &next); again.refused || len(again.kept) != len(r.kept) {
			t.Fatalf("what was kept is refused: %x", r.kept)
		}
		for range 2 {
			b.s.dtlsRecord(now, append([]byte(nil), x...))
		}
		b.s.mu.Lock()
		if d := b.s.dtls; d != nil && len(d.in) > dtlsQueue {
			t.Fatalf("%d datagrams wait", len(d.in))
		}
		b.s.mu.Unlock()
		if n := runtime.NumGoroutine(); n > goroutines+32 {
			time.Sleep(100 * time.Millisecond) // those of a handshake that just ended
			if n := runtime.NumGoroutine(); n > goroutines+32 {
				t.Fatalf("%d goroutines, %d before", n, goroutines)
			}
		}
	})
}
