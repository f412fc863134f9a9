package ladder

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// within fails when a plan is not within its bounds and the listener's means.
func within(t testing.TB, p Plan, m Means) {
	t.Helper()
	m = m.bounded()
	switch {
	case p.Layer != High && p.Layer != Low, p.Layer == Low && !m.Low:
		t.Fatalf("layer %v with %+v", p.Layer, m)
	case p.Redundancy < 0 || p.Redundancy > maxRedundancy, p.Redundancy > 0 && !m.RED:
		t.Fatalf("redundancy %d with %+v", p.Redundancy, m)
	case p.Distance < 1 || p.Distance > 2:
		t.Fatalf("distance %d", p.Distance)
	case p.NACK && !m.NACK:
		t.Fatal("NACK")
	case !slices.Contains(lengths[:], p.FrameMs), p.FrameMs > 20 && !m.Join, p.FrameMs > longest && p.Layer != Low:
		t.Fatalf("%d ms with %+v", p.FrameMs, m)
	case p.Slots < 0 || p.Slots > m.Slots, p.Slots == 0 && m.Slots > 0:
		t.Fatalf("%d slots of %d", p.Slots, m.Slots)
	case p.PauseUntil < 0:
		t.Fatalf("a pause until %v", p.PauseUntil)
	}
	// What a packet repeats is within what RFC 2198 can say: 16383 samples.
	if ms := (p.Distance + max(p.Redundancy-1, 0)) * p.FrameMs; ms*48 > 16383 {
		t.Fatalf("repeats %d ms back", ms)
	}
}

// told fails when a reason is not one, or does not go with what happened.
func told(t testing.TB, before, after Plan, why Reason) {
	t.Helper()
	if why != NoStep && !slices.Contains(Reasons[:], why) {
		t.Fatalf("reason %q", why)
	}
	if why == NoStep && before != after {
		t.Fatalf("from %+v to %+v without a reason", before, after)
	}
	if before.same(after) && before.PauseUntil == after.PauseUntil && why != NoStep && why != FEC && why != Bare {
		t.Fatalf("%q, but it is still %+v", why, after)
	}
}

// course plays what b says as observations.
func course(t testing.TB, b []byte) {
	var (
		s  State
		u  UplinkState
		p  Plan
		up UplinkPlan
		at time.Duration
		m  = all
		o  = Observation{Talkers: 2, SentBps: 146_000, EstimateBps: 219_000}
	)
	extreme := []float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 0.5, 1e300, 0.1, -1e300, 2, 3}
	huge := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, math.MaxInt32, 40_000, 1 << 40}
	for first := true; len(b) >= 4; b, first = b[4:], false {
		op, v := b[0], b[1]
		n := int64(binary.BigEndian.Uint16(b[2:]))
		if v >= 250 {
			n = huge[int(n)%len(huge)]
		}
		x := float64(n) / 65535
		if v >= 240 {
			x = extreme[int(uint64(n)%uint64(len(extreme)))]
		}
		switch op % 16 {
		case 0, 1:
			o.Loss = x
		case 2:
			o.Burst = x * 5
		case 3:
			o.Queue = time.Duration(n) * 20 * time.Microsecond
		case 4:
			o.EstimateBps = int(n * 4)
		case 5:
			o.Overuse, o.Full = !o.Overuse, v&64 != 0
		case 6:
			o.Talkers = int(n % 7)
			if v >= 250 {
				o.Talkers = int(n)
			}
		case 7:
			o.SentBps = int(n * 4)
		case 8:
			o.RTT = time.Duration(n) * 10 * time.Microsecond
		case 9:
			o.Concealed, o.HasConcealed = x, v&1 != 0
		case 10:
			o.Deaf = time.Duration(n) * time.Millisecond
		case 11:
			m = Means{RED: n&1 != 0, NACK: n&2 != 0, FEC: n&4 != 0, Low: n&8 != 0, Join: n&16 != 0, Told: n&256 != 0, Slots: int(n >> 5 & 7)}
			if v >= 250 {
				m.Slots = int(n)
			}
		case 12:
			o.EstimateBps = min(cost(p, 2, m), 1<<40) * 3 / 2
		default:
			at += time.Duration(n) * time.Millisecond // and observes once more below
		}
		at += time.Duration(v&15) * 20 * time.Millisecond
		o.At = at
		before := p
		var why Reason
		s, p, why = Next(s, o, m)
		within(t, p, m)
		if !first {
			told(t, before, p, why)
		}
		if q := Quality(p, o); q != good && q != fair && q != poor && q != lost {
			t.Fatalf("quality %q", q)
		}
		was := up
		u, up, why = NextUplink(u, UplinkObservation{At: at, Loss: o.Loss, Burst: o.Burst, Queue: o.Queue, RTT: o.RTT, WantHigh: op&64 != 0, WantLow: op&128 != 0, WantThin: v&32 != 0,
			Overuse: o.Overuse, Grown: o.Queue * 2, EstimateBps: o.EstimateBps, Idle: o.Deaf})
		if !up.High && !up.Low && (!u.rest.on || u.at >= u.rest.most || u.rest.most-u.rest.began > mostRest+time.Second) || up.High && up.Low && (op&192 != 192) ||
			!slices.Contains([]int{48_000, 32_000, 24_000, 16_000, 12_000}, up.MaxBitrate) ||
			up.LowBitrate != lowBitrate && up.LowBitrate != thinBitrate || op&128 != 0 && v&32 != 0 && up.LowBitrate != thinBitrate ||
			up.Redundancy < 0 || up.Redundancy > maxRedundancy || up.FrameMs%20 != 0 || up.FrameMs < 20 || up.FrameMs > 120 {
			t.Fatalf("uplink %+v", up)
		}
		if !first && (was == up) != (why == NoStep) {
			t.Fatalf("uplink from %+v to %+v: %q", was, up, why)
		}
	}
}

func TestAnyCourse(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		b := make([]byte, 4000)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		course(t, b)
	}
}

func FuzzLadder(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Add([]byte("\x05\x00\x00\x00\x03\x04\x40\x00\x0d\x00\x10\x00\x05\x00\x00\x00\x0c\x01\x00\x00\x0d\x00\x20\x00"))
	f.Fuzz(func(t *testing.T, b []byte) { course(t, b) })
}

func BenchmarkNext(b *testing.B) {
	var s State
	o := Observation{Talkers: 2, SentBps: 146_000, EstimateBps: 219_000, Loss: 0.05, Burst: 1.2, RTT: 50 * time.Millisecond}
	b.ReportAllocs()
	for b.Loop() {
		o.At += 100 * time.Millisecond
		o.Overuse = o.At%(20*time.Second) == 0
		s, _, _ = Next(s, o, all)
	}
}
