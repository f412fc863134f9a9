package rtpmap

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// mic is a microphone with two senders, simulated: one capture clock in pieces
// of 10 ms, frames of 20 ms in each sender's own phase, RTP times that stand
// still while a sender is parked.
type mic struct {
	rng    *rand.Rand
	at     int64  // the capture clock, microseconds
	skew   int64  // of the capture clock against ours, millionths
	ends   [2]int // pieces until each sender's frame is complete
	ts     [2]uint32
	parked [2]bool
	path   func(at int64) int64 // how long a packet takes
	loss   float64
	flying []heard
}

// heard is a packet as it arrives.
type heard struct {
	at  int64
	low bool
	ts  uint32
}

func newMic(rng *rand.Rand, path func(int64) int64) *mic {
	m := &mic{rng: rng, at: 1_000_000, path: path, loss: 0.2, skew: int64(rng.IntN(201) - 100)}
	for i := range m.ts {
		m.ts[i], m.ends[i] = rng.Uint32(), 1+rng.IntN(2)
	}
	return m
}

// truth is the offset: what a clock of the high sender would show where the
// low one's shows 0. Both stood at the beginning of a frame.
func (m *mic) truth() uint32 {
	return m.ts[0] + uint32(2-m.ends[0])*pairGrid - m.ts[1] - uint32(2-m.ends[1])*pairGrid
}

// run lets the microphone capture for us microseconds and returns what arrives.
func (m *mic) run(us int64) []heard {
	for end := m.at + us; m.at < end; {
		m.at += 10 * ms
		for i := range m.ts {
			if m.parked[i] {
				continue
			}
			if m.ends[i]--; m.ends[i] > 0 {
				continue
			}
			m.ends[i] = 2
			if sent := m.at + m.rng.Int64N(2*ms); m.rng.Float64() >= m.loss {
				at := sent + m.path(sent)
				m.flying = append(m.flying, heard{at + at*m.skew/1e6, i == 1, m.ts[i]})
			}
			m.ts[i] += 960
		}
	}
	slices.SortStableFunc(m.flying, func(a, b heard) int { return int(a.at - b.at) })
	n := 0
	for n < len(m.flying) && m.flying[n].at <= m.at {
		n++
	}
	out := m.flying[:n:n]
	m.flying = m.flying[n:]
	return out
}

// paths are what packets go through.
var paths = []struct {
	name string
	path func(rng *rand.Rand) func(int64) int64
	// What share of the offsets must be exact: when first told, and after 1.5 s.
	// What it is gets printed; it is some percent more, whatever the seed.
	first, later float64
}{
	{"quiet", func(rng *rand.Rand) func(int64) int64 {
		return func(int64) int64 { return 20*ms + rng.Int64N(2*ms) }
	}, 1, 1},
	{"a queue that comes and goes, 60 ms", func(rng *rand.Rand) func(int64) int64 {
		queue, last := int64(0), int64(0)
		return func(at int64) int64 {
			queue = min(max(queue+rng.Int64N(20*ms)-10*ms, 0), 60*ms)
			last = max(last, at+20*ms+queue) // nothing overtakes
			return last - at
		}
	}, 0.9, 0.98},
	{"20 ms for each packet", func(rng *rand.Rand) func(int64) int64 {
		return func(int64) int64 { return 20*ms + rng.Int64N(20*ms) }
	}, 0.78, 0.98},
	{"60 ms for each packet", func(rng *rand.Rand) func(int64) int64 {
		return func(int64) int64 { return 20*ms + rng.Int64N(60*ms) }
	}, 0.8, 0.95},
	// Packets that differ by 10 ms come out together: arrival tells no more
	// than on which side of it the offset is.
	{"60 ms in order", func(rng *rand.Rand) func(int64) int64 {
		last := int64(0)
		return func(at int64) int64 {
			last = max(last, at+20*ms+rng.Int64N(60*ms))
			return last - at
		}
	}, 0.4, 0.58},
}

// The layers are parked and unparked, a fifth of the packets is lost, and each
// time the offset is another one. It is forgotten with the first packet of
// another clock, always off by whole pieces of capture, and nearly always
// exact.
func TestLayersArePairedByArrival(t *testing.T) {
	const mics, episodes = 60, 6
	for _, c := range paths {
		rng := rand.New(rand.NewPCG(5, 6))
		var exact, some, near, later, median, all int
		var waited int64
		for range mics {
			m := newMic(rng, c.path(rng))
			var p Pairing
			layer := -1 // which was unparked last
			for range episodes {
				var med medianPairing
				var since, told int64
				for _, h := range m.run(1500 * ms) {
					p.Heard(h.at, h.low, h.ts)
					med.Heard(h.at, h.low, h.ts)
					got, ok := p.Offset()
					if since == 0 {
						if layer >= 0 && h.low != (layer == 1) {
							continue
						}
						since = h.at
						if ok {
							t.Fatalf("%s: the offset outlives the clock", c.name)
						}
					}
					if !ok {
						continue
					}
					off := int32(got - m.truth())
					if off%pairGrid != 0 {
						t.Fatalf("%s: off by %d ticks", c.name, off)
					}
					if told == 0 {
						told = h.at
						waited += told - since
						if off == 0 {
							exact++
						}
					}
				}
				all++
				if got, ok := p.Offset(); ok {
					some++
					switch int32(got - m.truth()) {
					case 0:
						later++
						near++
					case pairGrid, -pairGrid:
						near++
					}
				}
				if med.offset() == m.truth() {
					median++
				}
				layer = rng.IntN(2)
				m.parked[layer] = true
				for _, h := range m.run(int64(400+rng.IntN(10_000)) * ms) {
					p.Heard(h.at, h.low, h.ts)
				}
				m.parked[layer], m.ends[layer] = false, 1+rng.IntN(2)
			}
		}
		share := func(n int) float64 { return float64(n) / float64(all) }
		t.Logf("%-35s told after %3d ms, %5.1f%% exact; after 1.5 s %5.1f%%, %5.1f%% within 10 ms (median of 24: %5.1f%% exact)",
			c.name, waited/int64(some)/ms, 100*float64(exact)/float64(some), 100*share(later), 100*share(near), 100*share(median))
		if share(some) < 0.93 || share(exact) < c.first || share(later) < c.later {
			t.Errorf("%s: too few are exact", c.name)
		}
	}
}

// medianPairing is the plain rule that Pairing is compared with: the median
// over 24 pairs of the difference of the timestamps, less the arrivals'
// difference rounded to 10 ms.
type medianPairing struct {
	layers [2]layerClock
	diffs  []int32
	base   uint32
}

func (p *medianPairing) Heard(now int64, low bool, ts uint32) {
	i := 0
	if low {
		i = 1
	}
	p.layers[i] = layerClock{ts: ts, at: now, waiting: true}
	if !p.layers[1-i].waiting || now-p.layers[1-i].at > pairWithin {
		return
	}
	p.layers[0].waiting, p.layers[1].waiting = false, false
	apart := (p.layers[0].at - p.layers[1].at) * ticksPerMs / 1000
	d := p.layers[0].ts - p.layers[1].ts - uint32(nearest(apart, pairGrid))
	if len(p.diffs) == 0 {
		p.base = d
	}
	p.diffs = append(p.diffs, int32(d-p.base))
	p.diffs = p.diffs[max(0, len(p.diffs)-24):]
}

func (p *medianPairing) offset() uint32 {
	s := slices.Sorted(slices.Values(p.diffs))
	return p.base + uint32(s[len(s)/2])
}

// A pause (DTX) is no parking: time went on.
func TestAPauseKeepsTheOffset(t *testing.T) {
	var p Pairing
	hear := func(at int64) (uint32, bool) {
		p.Heard(at, false, uint32(at*48/1000)+4_294_000_000)
		p.Heard(at+1*ms, true, uint32(at*48/1000)+77)
		return p.Offset()
	}
	var high, low uint32 = 4_294_000_000, 77
	at := int64(5_000_000)
	for range 10 {
		at += 20 * ms
		hear(at)
	}
	for range 20 {
		at += 400 * ms
		if got, ok := hear(at); !ok || got != high-low {
			t.Fatalf("in the pause: %d %v, want %d", got, ok, high-low)
		}
	}
	at += 3600 * 1000 * ms
	if got, ok := hear(at); !ok || got != high-low {
		t.Errorf("after an hour: %d %v, want %d", got, ok, high-low)
	}
}

// Layers whose packets differ in length are paired by their ends, and one that
// sends a hundred times too often displaces nothing.
func TestPairingOfUnequalLayers(t *testing.T) {
	var p Pairing
	for at := int64(0); at < 2_000_000; at += 20 * ms {
		p.Heard(at, false, uint32(at*48/1000))
		if at%(60*ms) == 0 {
			p.Heard(at+300, true, uint32(at*48/1000)-10_000) // 60 ms, its end
		}
	}
	if got, ok := p.Offset(); !ok || got != 10_000 {
		t.Errorf("60 and 20 ms: %d %v", got, ok)
	}
	p = Pairing{}
	for at := int64(0); at < 2_000_000; at += 200 {
		p.Heard(at, false, uint32(at*48/1000))
		if at%(20*ms) == 0 {
			p.Heard(at+100, true, uint32(at*48/1000)-10_000)
		}
	}
	if got, ok := p.Offset(); !ok || got != 10_000 {
		t.Errorf("a flood: %d %v", got, ok)
	}
}

// Whatever timestamps came before, an honest microphone's are paired exactly
// within two seconds.
func FuzzPairing(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 255, 255, 255, 255, 255}, uint32(5), uint32(4294967290))
	f.Add([]byte("\x01\x80\x00\x00\x00\x02\x00\x00\x03\xc0\x03\x00\x00\x07\x80"), uint32(0), uint32(1<<31))
	f.Fuzz(func(t *testing.T, b []byte, high, low uint32) {
		var p Pairing
		now := int64(1_000_000)
		for ; len(b) >= 5; b = b[5:] {
			// Up to some 4 s apart, more often a few milliseconds.
			now += int64(1) << (b[0] >> 1 % 23)
			p.Heard(now, b[0]&1 != 0, uint32(b[1])<<24|uint32(b[2])<<16|uint32(b[3])<<8|uint32(b[4]))
			p.Offset()
		}
		for range 100 {
			now += 20 * ms
			high, low = high+960, low+960
			p.Heard(now, false, high)
			p.Heard(now+200, true, low)
			p.Offset()
		}
		if got, ok := p.Offset(); !ok || got != high-low {
			t.Fatalf("%d %v, want %d", got, ok, high-low)
		}
	})
}

func BenchmarkHeard(b *testing.B) {
	var p Pairing
	var now int64
	b.ReportAllocs()
	for b.Loop() {
		now += 10 * ms
		p.Heard(now, now%(20*ms) == 0, uint32(now*48/1000))
	}
}

// Each packet changes the offset, of a full window on a jittery path.
func BenchmarkPairingOffset(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	var p Pairing
	var now int64
	b.ReportAllocs()
	for b.Loop() {
		now += 20 * ms
		p.Heard(now+rng.Int64N(9*ms), false, uint32(now*48/1000))
		p.Heard(now+10*ms+rng.Int64N(9*ms), true, uint32(now*48/1000))
		p.Offset()
	}
}

// A path that stalls and then delivers at once what it held looks like a clock
// that stood still, and what comes at once does not tell what belongs
// together. The offset may be gone for a while, but is never a wrong one.
func TestAStallMisleadsNoPairing(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	right, quiet := 0, 0
	for range 100 {
		stall := int64(100+rng.IntN(900)) * ms
		m := newMic(rng, func(at int64) int64 {
			if in := at % (2000 * ms); in < stall {
				return 20*ms + stall - in
			}
			return 20*ms + rng.Int64N(2*ms)
		})
		var p Pairing
		for _, h := range m.run(20_000 * ms) {
			p.Heard(h.at, h.low, h.ts)
			switch got, ok := p.Offset(); {
			case !ok:
				quiet++
			case got == m.truth():
				right++
			default:
				t.Fatalf("told %d, is %d", got, m.truth())
			}
		}
	}
	t.Logf("told with %d packets, not with %d", right, quiet)
}
