package rtpmap

import (
	"math/rand/v2"
	"testing"
)

const ms = 1000 // microseconds

// talk passes n packets of 20 ms from one source and returns the timestamps
// and sequence numbers that left.
func talk(t *testing.T, l *Timeline, at *int64, src uint32, seq *uint16, ts *uint32, n int) (out [][2]uint32) {
	t.Helper()
	for range n {
		s, x, ok := l.Map(*at, src, *seq, *ts, 960)
		if ok {
			out = append(out, [2]uint32{uint32(s), x})
		}
		*at += 20 * ms
		*seq++
		*ts += 960
	}
	return out
}

func TestOneSpeakerIsLinear(t *testing.T) {
	var l Timeline
	l.Seed(65530, 4294967000) // both wrap
	at, seq, ts := int64(0), uint16(65000), uint32(4294900000)
	out := talk(t, &l, &at, 1, &seq, &ts, 70000)
	if len(out) != 70000 {
		t.Fatalf("%d of 70000 packets left", len(out))
	}
	for i := 1; i < len(out); i++ {
		if uint16(out[i][0]) != uint16(out[i-1][0])+1 || out[i][1] != out[i-1][1]+960 {
			t.Fatalf("packet %d: %v after %v", i, out[i], out[i-1])
		}
	}
}

func TestLossAndReorderingArePassedOn(t *testing.T) {
	var l Timeline
	s0, t0, _ := l.Map(0, 1, 100, 5000, 960)
	s2, t2, _ := l.Map(40*ms, 1, 102, 5000+1920, 960)
	if s2 != s0+2 || t2 != t0+1920 {
		t.Errorf("after a lost packet: %d %d, want a gap of two", s2-s0, t2-t0)
	}
	s1, t1, ok := l.Map(41*ms, 1, 101, 5000+960, 960)
	if !ok || s1 != s0+1 || t1 != t0+960 {
		t.Errorf("a late packet: %d %d %v, want its place", s1-s0, t1-t0, ok)
	}
}

// A client that begins at 0, goes to 65535 and to 0 again has sent three
// packets to SRTP, which counts rollovers.
func TestNoNumberIsGivenTwice(t *testing.T) {
	var l Timeline
	given := map[uint16]bool{}
	for i, c := range []struct {
		seq uint16
		ok  bool
	}{{0, true}, {65535, false}, {0, false}, {1, true}, {1, false}, {100, true}, {50, true}, {50, false}, {37, true}, {36, false}, {101, true}, {37, false}, {165, true}, {102, true}, {101, false}} {
		s, _, ok := l.Map(int64(i)*ms, 1, c.seq, uint32(int32(int16(c.seq)))*120, 120)
		if ok != c.ok {
			t.Errorf("step %d: %d was taken: %v, want %v", i, c.seq, ok, c.ok)
		}
		if ok && given[s] {
			t.Errorf("step %d: number %d twice", i, s)
		}
		given[s] = given[s] || ok
	}
}

func TestAnotherSpeakerFollowsWallClock(t *testing.T) {
	for _, pause := range []int64{20, 60, 200, 1000, 5000} {
		var l Timeline
		at, seq, ts := int64(0), uint16(7), uint32(99)
		a := talk(t, &l, &at, 1, &seq, &ts, 100)
		at += (pause - 20) * ms
		seq2, ts2 := uint16(4000), uint32(123456789)
		b := talk(t, &l, &at, 2, &seq2, &ts2, 100)
		last, first := a[len(a)-1], b[0]
		if uint16(first[0]) != uint16(last[0])+1 {
			t.Errorf("pause %d: sequence number %d after %d", pause, first[0], last[0])
		}
		if d := int64(first[1] - last[1]); d != pause*48 {
			t.Errorf("pause %d ms: timestamp goes on by %d ticks, want %d", pause, d, pause*48)
		}
	}
}

func TestTwoAtOnceGiveUpOneFrameAtMost(t *testing.T) {
	var l Timeline
	at, seq, ts := int64(0), uint16(0), uint32(0)
	a := talk(t, &l, &at, 1, &seq, &ts, 50)
	at -= 20 * ms // the other one's packet comes at the same moment
	seq2, ts2 := uint16(9), uint32(9)
	b := talk(t, &l, &at, 2, &seq2, &ts2, 50)
	if len(b) < 49 {
		t.Fatalf("%d of 50 packets left, want 49 at least", len(b))
	}
	if d := int32(b[0][1] - a[len(a)-1][1]); d < 960 {
		t.Errorf("timestamps go on by %d, want a frame at least", d)
	}
}

func TestParkedSenderGoesOnAtWallClock(t *testing.T) {
	var l Timeline
	at, seq, ts := int64(0), uint16(0), uint32(0)
	a := talk(t, &l, &at, 1, &seq, &ts, 50)
	at += 10_000 * ms // RTP time stands still meanwhile
	b := talk(t, &l, &at, 1, &seq, &ts, 50)
	if d := int64(b[0][1] - a[len(a)-1][1]); d != 10_020*48 {
		t.Errorf("timestamp goes on by %d ticks, want %d", d, 10_020*48)
	}
	if uint16(b[0][0]) != uint16(a[len(a)-1][0])+1 {
		t.Error("a gap in the sequence numbers")
	}
}

func TestAtIsThePacketsClock(t *testing.T) {
	var l Timeline
	if _, ok := l.At(0); ok {
		t.Error("a time before the first packet")
	}
	at, seq, ts := int64(0), uint16(0), uint32(1000)
	out := talk(t, &l, &at, 1, &seq, &ts, 50)
	now, _ := l.At(at)
	if want := out[len(out)-1][1] + 960; now != want {
		t.Errorf("At = %d, want %d", now, want)
	}
}

// FuzzTimeline checks what must hold for any packets: no outgoing sequence
// number is given twice, a new segment begins right after the last number, and
// the time is never further ahead than it may be.
func FuzzTimeline(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Add(uint64(7), uint64(1<<40))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		var l Timeline
		l.Seed(uint16(r.Uint32()), r.Uint32())
		type key struct {
			src uint32
			seq uint16
		}
		given := map[uint16]key{}
		var now int64
		seq, ts := [3]uint16{}, [3]uint32{}
		for range 2000 {
			src := r.Uint32N(3)
			now += r.Int64N(30 * ms)
			switch r.IntN(20) {
			case 0:
				seq[src] += uint16(r.Uint32N(30))
			case 1:
				ts[src] += r.Uint32()
			case 2:
				seq[src] += uint16(r.Uint32N(20000))
			case 3:
				l.Break()
			}
			k := key{src, seq[src] - uint16(r.Uint32N(4))}
			s, _, ok := l.Map(now, src+1, k.seq, ts[src], r.Uint32N(5)*960)
			if ok {
				if was, twice := given[s]; twice {
					t.Fatalf("sequence number %d for %v and for %v", s, was, k)
				}
				given[s] = k
				if a := l.ahead(now, l.lastTS); a > maxAhead+paceUs*ticksPerMs/1000/paceShare {
					t.Fatalf("%d ms ahead", a/ticksPerMs)
				}
			}
			seq[src]++
			ts[src] += 960
		}
	})
}

func FuzzOffset(f *testing.F) {
	f.Add(uint64(3), uint64(4))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		var o Offset
		o.Seed(uint16(r.Uint32()), r.Uint32())
		given := map[uint16]bool{}
		late := []uint16{}
		seq := uint16(r.Uint32())
		for range 3000 {
			seq++
			if r.IntN(10) == 0 {
				late = append(late, seq) // comes later
				continue
			}
			if r.IntN(20) == 0 {
				o.Break()
				continue
			}
			next := seq
			if len(late) > 0 && r.IntN(3) == 0 {
				next, late = late[0], late[1:]
				seq--
			}
			if s, _, ok := o.Map(next, 0); ok {
				if given[s] {
					t.Fatalf("sequence number %d twice", s)
				}
				given[s] = true
			}
		}
	})
}

func TestOpusDuration(t *testing.T) {
	for _, c := range []struct {
		p    []byte
		want uint32
	}{
		{nil, 0},
		{[]byte{0xF8}, 960},                // CELT 20 ms, one frame
		{[]byte{0xF8 | 1}, 1920},           // two
		{[]byte{0xE0}, 120},                // CELT 2.5 ms
		{[]byte{0x08}, 960},                // SILK 20 ms
		{[]byte{0x18}, 2880},               // SILK 60 ms
		{[]byte{0x60}, 480},                // hybrid 10 ms
		{[]byte{0xF8 | 3, 6}, 5760},        // six of 20 ms
		{[]byte{0xF8 | 3, 7}, 0},           // 140 ms: impossible
		{[]byte{0xF8 | 3}, 0},              // no frame count
		{[]byte{0xF8 | 3, 0x80 | 2}, 1920}, // VBR bit does not count
	} {
		if got := OpusDuration(c.p); got != c.want {
			t.Errorf("OpusDuration(% x) = %d, want %d", c.p, got, c.want)
		}
	}
}

func BenchmarkTimeline(b *testing.B) {
	b.ReportAllocs()
	var l Timeline
	var now int64
	for i := range b.N {
		l.Map(now, 1, uint16(i), uint32(i)*960, 960)
		now += 20 * ms
	}
}

func BenchmarkOffset(b *testing.B) {
	b.ReportAllocs()
	var o Offset
	for i := range b.N {
		o.Map(uint16(i), uint32(i)*960)
	}
}
