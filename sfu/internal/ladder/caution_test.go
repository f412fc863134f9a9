package ladder

import (
	"testing"
	"time"
)

// TestTheLowLayerComesLater is that a path is not filled with the high layer while
// the low one is being asked for, unless that does little harm.
func TestTheLowLayerComesLater(t *testing.T) {
	for bps, pauses := range map[int]bool{34_000: true, 60_000: true, 120_000: false} {
		x := newPath(all)
		x.o.LowParked, x.o.Overuse, x.o.Queue, x.o.EstimateBps, x.o.RTT = true, true, 10*time.Millisecond, bps, 20*time.Millisecond
		at := x.o.At
		x.until(time.Second)
		if x.p.Layer != Low || (x.p.PauseUntil > 0) != pauses || pauses && x.p.PauseUntil-at < lowComesIn {
			t.Errorf("%d bit/s: %+v", bps, x.p)
		}
	}
}

// TestMoreThanItCarried is that more than a path carried when it was found full is
// tried at once when it is known to have changed, and rarely when not.
func TestMoreThanItCarried(t *testing.T) {
	for full, within := range map[bool]time.Duration{false: 5 * time.Second, true: daresIn + time.Second} {
		x := newPath(all)
		x.o.Overuse, x.o.Queue, x.o.EstimateBps, x.o.Full = true, 50*time.Millisecond, 34_000, true
		x.until(time.Second)
		x.o.Overuse, x.o.Queue, x.o.SentBps, x.o.EstimateBps, x.o.Full = false, 0, 32_000, 47_000, full
		why, took := x.until(time.Minute)
		if why != Recovered || took > within || full && took < daresIn-time.Second {
			t.Errorf("full %v: %q after %v, %+v", full, why, took, x.p)
		}
	}
}

// TestCaution is one who comes into a talk of several over a path of which
// nothing is known.
func TestCaution(t *testing.T) {
	known := func(o *Observation) { o.EstimateBps = 75_000 }
	for name, c := range map[string]struct {
		m     Means
		o     Observation
		after func(*Observation)
		slots [2]int
		most  time.Duration
	}{
		"it carries the one":      {all, Observation{Talkers: 3}, known, [2]int{1, 4}, 100 * time.Millisecond},
		"it is never heard of":    {all, Observation{Talkers: 3}, func(*Observation) {}, [2]int{1, 4}, cautionFor + 100*time.Millisecond},
		"the others stop":         {all, Observation{Talkers: 2}, func(o *Observation) { o.Talkers = 1 }, [2]int{1, 4}, 100 * time.Millisecond},
		"one talks":               {all, Observation{Talkers: 1}, func(o *Observation) { o.Talkers = 3 }, [2]int{4, 4}, 0},
		"something is known":      {all, Observation{Talkers: 3, EstimateBps: 90_000}, known, [2]int{4, 4}, 0},
		"nothing will be":         {Means{RED: true, Low: true, Join: true, Slots: 4}, Observation{Talkers: 3}, known, [2]int{4, 4}, 0},
		"it is found to be thin":  {all, Observation{Talkers: 2}, func(o *Observation) { o.Overuse, o.Queue, o.EstimateBps = true, 50*time.Millisecond, 34_000 }, [2]int{1, 4}, 100 * time.Millisecond},
		"there is one slot alone": {Means{Told: true, Slots: 1}, Observation{Talkers: 3}, known, [2]int{1, 1}, 0},
	} {
		c.o.At, c.o.SentBps = time.Hour, 70_000
		x := &path{m: c.m, o: c.o}
		x.observe()
		if x.p.Slots != c.slots[0] {
			t.Errorf("%s: at first %+v", name, x.p)
		}
		c.after(&x.o)
		from := x.o.At
		for x.p.Slots != c.slots[1] && x.o.At-from < time.Minute {
			x.observe()
		}
		if took := x.o.At - from; took > c.most {
			t.Errorf("%s: after %v %+v", name, took, x.p)
		}
	}
	// A step down that is taken back takes the caution back too.
	x := &path{m: all, o: Observation{At: time.Hour, Talkers: 2, SentBps: 70_000}}
	x.observe()
	x.o.EstimateBps, x.o.Queue = 100_000, upQueue
	x.observe()
	x.o.Overuse, x.o.EstimateBps = true, 34_000
	x.observe()
	x.o.Overuse, x.o.EstimateBps, x.o.Queue = false, 100_000, 0
	x.observe()
	if want := (Plan{Distance: 1, FrameMs: 20, Slots: 4}); x.p != want {
		t.Errorf("taken back: %+v, %v", x.p, x.steps)
	}
}
