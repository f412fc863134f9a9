package rtpmap

import (
	"math/rand/v2"
	"testing"
)

// lying passes packets whose timestamps are the liar's own for a while of wall
// clock and returns by how much the stream's time was ahead of it at most, in
// ms, and how many packets left.
func lying(l *Timeline, at *int64, us int64, next func(i int) (src uint32, seq uint16, ts, dur uint32, wait int64)) (ahead int64, sent int) {
	_, first, _ := l.Map(*at, 1, 0, 0, 960)
	began := *at
	prev := int64(0)
	total := int64(0)
	for i := 1; *at < began+us; i++ {
		src, seq, ts, dur, wait := next(i)
		*at += wait
		_, out, ok := l.Map(*at, src, seq, ts, dur)
		if !ok {
			continue
		}
		sent++
		total += int64(int32(out - first - uint32(prev)))
		prev = total
		ahead = max(ahead, total/ticksPerMs-(*at-began)/1000)
	}
	return ahead, sent
}

// Whatever a liar's timestamps are, the slot's time stays within two seconds of
// wall clock, and somebody else who speaks then is heard at once.
func TestLiarsDoNotPushTheClock(t *testing.T) {
	const minute = 60_000_000
	for _, c := range []struct {
		name string
		next func(i int) (src uint32, seq uint16, ts, dur uint32, wait int64)
	}{
		{"holes of 29 s", func(i int) (uint32, uint16, uint32, uint32, int64) {
			return 1, uint16(i), uint32(i) * 29 * ClockRate, 960, 20 * ms
		}},
		{"holes of a second", func(i int) (uint32, uint16, uint32, uint32, int64) {
			return 1, uint16(i), uint32(i) * ClockRate, 960, 20 * ms
		}},
		{"holes of 20 ms", func(i int) (uint32, uint16, uint32, uint32, int64) {
			return 1, uint16(i), uint32(i) * 1920, 960, 20 * ms
		}},
		{"a hole now and then", func(i int) (uint32, uint16, uint32, uint32, int64) {
			return 1, uint16(i), uint32(i)*960 + uint32(i/500)*ClockRate*19/10, 960, 20 * ms
		}},
		{"forth and back", func(i int) (uint32, uint16, uint32, uint32, int64) {
			return 1, uint16(i), uint32(i)*960 + uint32(i%2)*ClockRate*15/10, 960, 20 * ms
		}},
		{"voice of 120 ms every 10 ms", func(i int) (uint32, uint16, uint32, uint32, int64) {
			return 1, uint16(i), uint32(i) * 5760, 5760, 10 * ms
		}},
		{"the same of six sources in turn", func(i int) (uint32, uint16, uint32, uint32, int64) {
			return uint32(i%6 + 1), uint16(i), uint32(i) * 5760, 5760, 10 * ms
		}},
		{"the same, each twice", func(i int) (uint32, uint16, uint32, uint32, int64) {
			return uint32(i/2%6 + 1), uint16(i), uint32(i) * 5760, 5760, 10 * ms
		}},
		{"sequence numbers that leap", func(i int) (uint32, uint16, uint32, uint32, int64) {
			return 1, uint16(i * 2000), uint32(i) * 5760, 5760, 10 * ms
		}},
		{"anything", func(int) (uint32, uint16, uint32, uint32, int64) {
			return rand.Uint32N(3) + 1, uint16(rand.Uint32N(30_000)), rand.Uint32(), 5760, 10 * ms
		}},
	} {
		var l Timeline
		l.Turn(1)
		at := int64(7_000_000)
		ahead, sent := lying(&l, &at, minute, c.next)
		// The pace may have followed by 5 ms a second.
		if ahead > 2000+300+120 {
			t.Errorf("%s: the stream was %d ms ahead", c.name, ahead)
		}
		if sent < 400 {
			t.Errorf("%s: only %d packets left: this shows nothing", c.name, sent)
		}
		l.Turn(2)
		seq, ts := uint16(5), uint32(77)
		if out := talk(t, &l, &at, 99, &seq, &ts, 200); len(out) < 199 {
			t.Errorf("%s: of the next speaker %d of 200 packets left", c.name, len(out))
		} else {
			for i := 1; i < len(out); i++ {
				if out[i][1] != out[i-1][1]+960 {
					t.Fatalf("%s: the next speaker's packet %d is %d ticks on", c.name, i, out[i][1]-out[i-1][1])
				}
			}
		}
	}
}

// A pause in which the sender's clock runs on, as with DTX, is in the stream as
// long as it was, whatever its length, and so are the packets of silence in it.
func TestPausesAreKeptExact(t *testing.T) {
	for _, pause := range []int64{400, 900, 2_500, 10_000, 45_000, 3_600_000} {
		var l Timeline
		at, seq, ts := int64(0), uint16(0), uint32(0)
		talk(t, &l, &at, 1, &seq, &ts, 50)
		for range 100 {
			before := l.lastTS
			at += (pause - 20) * ms
			ts += uint32(pause-20) * ticksPerMs
			out := talk(t, &l, &at, 1, &seq, &ts, 3)
			if len(out) != 3 || out[0][1]-before != uint32(pause*ticksPerMs) {
				t.Fatalf("pause of %d ms: %d packets, %d ticks later", pause, len(out), out[0][1]-before)
			}
		}
	}
}

// A clock that is wrong by as much as sound cards' are loses nothing in a day.
func TestDriftIsNoLie(t *testing.T) {
	for _, ppm := range []int64{-300, 300} {
		var l Timeline
		for i := range int64(24 * 3600 * 50) {
			at := i * 20 * ms * (1_000_000 - ppm) / 1_000_000
			if _, ts, ok := l.Map(at, 1, uint16(i), uint32(i*960), 960); !ok || ts-uint32(i*960) != l.tsOff || l.floor == uint16(i) && i > 0 {
				t.Fatalf("%d ppm: packet %d began anew or was not sent", ppm, i)
			}
		}
	}
}

// A path that stalls for seconds and then brings all at once, time after time,
// takes the stream no further ahead than one of the stalls.
func TestStallsDoNotAddUp(t *testing.T) {
	var l Timeline
	at, seq, ts := int64(0), uint16(0), uint32(0)
	for round := range 50 {
		talk(t, &l, &at, 1, &seq, &ts, 250)
		at += 1_800 * ms
		held := at
		if out := talk(t, &l, &at, 1, &seq, &ts, 0); len(out) != 0 {
			t.Fatal("nothing was to be sent")
		}
		sent := 0
		for range 90 {
			if _, _, ok := l.Map(held, 1, seq, ts, 960); ok {
				sent++
			}
			seq++
			ts += 960
		}
		if sent < 88 {
			t.Fatalf("round %d: %d of 90 packets that were held back left", round, sent)
		}
		if a := l.ahead(at, l.lastTS); a > maxAhead {
			t.Fatalf("round %d: %d ms ahead", round, a/ticksPerMs)
		}
	}
}
