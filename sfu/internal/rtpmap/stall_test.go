package rtpmap

import "testing"

// A path that stalls delivers all at once what it held: the stream is as it
// was, and its time goes on as the audio does.
func TestAStallIsNoBreak(t *testing.T) {
	var l Timeline
	var last uint32
	now := int64(1_000_000)
	for i := range uint32(100) {
		_, ts, ok := l.Map(now, 1, uint16(i), 7000+i*960, 960)
		if !ok || i > 0 && ts != last+960 {
			t.Fatalf("packet %d: %d after %d, sent is %v", i, ts, last, ok)
		}
		last = ts
		switch {
		case i == 50:
			now += 600_000 // nothing comes
		case i > 50 && i < 80:
			now += 100 // what was held
		default:
			now += 20_000
		}
	}
}

// A parked sender's clock stands still: when it is unparked its time follows
// the wall clock, not the second before the pause.
func TestAClockThatStoodStillIsSetRight(t *testing.T) {
	var l Timeline
	l.Map(0, 1, 1, 1000, 960)
	_, before, _ := l.Map(20_000, 1, 2, 1960, 960)
	_, after, ok := l.Map(5_020_000, 1, 3, 2920, 960)
	if d := after - before; !ok || d < 4_900*ticksPerMs || d > 5_100*ticksPerMs {
		t.Errorf("5 s later the stream is %d ms on, sent is %v", d/ticksPerMs, ok)
	}
}
