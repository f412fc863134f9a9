package sfu

import (
	"fmt"
	"testing"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

func TestHistogram(t *testing.T) {
	var a, b histogram
	for _, v := range []float64{0, .4, .5, 7, 100} {
		a.observe(lossBounds, v)
	}
	b.observe(lossBounds, 3)
	a.add(b)
	got := a.snapshot(lossBounds)
	if got.Count != 6 || got.Sum != 110.9 || got.Upto[0] != 1 || got.Upto[.5] != 3 || got.Upto[3] != 4 || got.Upto[10] != 5 || got.Upto[50] != 5 {
		t.Errorf("the histogram is %+v", got)
	}
	if len(rttBounds) >= len(a.buckets) || len(lossBounds) >= len(a.buckets) {
		t.Error("more bounds than buckets")
	}
	if n := testing.AllocsPerRun(100, func() { a.observe(rttBounds, .07) }); n != 0 {
		t.Errorf("%v allocations a value", n)
	}
}

func TestMeter(t *testing.T) {
	var m meter
	for now := int64(1); now < 3*meterUs; now += 50_000 {
		m.tick(now, count(now/20_000), count(now/10_000))
	}
	if m.inRate < 49 || m.inRate > 51 || m.outRate < 98 || m.outRate > 102 {
		t.Errorf("%v in and %v out a second, want 50 and 100", m.inRate, m.outRate)
	}
	m.tick(5*meterUs, m.in, m.out)
	if m.inRate != 0 || m.outRate != 0 {
		t.Errorf("in silence %v in and %v out a second", m.inRate, m.outRate)
	}
}

func TestOnlyMicrophonesCount(t *testing.T) {
	l := &link{peer: &Peer{room: &room{}}}
	for _, in := range []*inbound{{}, {track: &track{}}, {track: &track{relayed: true}}} {
		l.observeUplink(in, 64)
	}
	if got := l.peer.room.metrics.uplink.snapshot(lossBounds); got.Count != 1 || got.Sum != 25 {
		t.Errorf("the losses of publishers are %+v", got)
	}
}

// TestFailuresByCause adds up those of a room and of one that is gone.
func TestFailuresByCause(t *testing.T) {
	var past, all metrics
	past.handshakesFailed[transport.HandshakeAlert].Add(2)
	all.handshakesFailed[transport.HandshakeTimeout].Add(1)
	all.add(past)
	by, n := all.failures()
	if n != 3 || by["alert"] != 2 || by["timeout"] != 1 || len(by) != int(transport.HandshakeCauses) {
		t.Errorf("%d failures: %v", n, by)
	}
}

func TestFeedbackSeen(t *testing.T) {
	var none *downlink
	if got := none.seen(); got != (FeedbackState{}) {
		t.Errorf("without any it is %+v", got)
	}
	d := downlink{acked: 3, lost: 1, lossAvg: .25}
	if got := d.seen(); got != (FeedbackState{Acked: 3, Lost: 1, Loss: 25}) {
		t.Errorf("it is %+v", got)
	}
}

// BenchmarkInspect is the whole snapshot of a room, of which the room waits
// for the copying only.
func BenchmarkInspect(b *testing.B) {
	for _, n := range []int{10, 100, 500} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cfg := Defaults()
			cfg.UDPAddr, cfg.TCPAddr = "127.0.0.1:0", "off"
			s, err := New(cfg, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			o, err := parseOffer(testOffer())
			if err != nil {
				b.Fatal(err)
			}
			for i := range n {
				p, err := s.Join(Join{Room: "r", CSRC: uint32(i + 1), Label: "somebody"})
				if err != nil {
					b.Fatal(err)
				}
				l := newLink(p)
				l.configure(o, nil, cfg.AudioSlots)
				l.session, l.connected = transport.Sink(), true
				p.room.mu.Lock()
				p.active = l
				p.room.mu.Unlock()
				// A sink has no transport that it could be closed in.
				defer func() { p.room.mu.Lock(); p.active = nil; p.room.mu.Unlock() }()
			}
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				if st, ok := s.Inspect("r"); !ok || len(st.Peers) != n {
					b.Fatal("not the room")
				}
			}
		})
	}
}
