package ladder

import (
	"testing"
	"time"
	"unsafe"
)

// way is a publisher that is observed each 100 ms.
type way struct {
	s     UplinkState
	o     UplinkObservation
	p     UplinkPlan
	steps []Reason
}

func newWay(high, low bool) *way {
	x := &way{o: UplinkObservation{At: time.Minute, RTT: 40 * time.Millisecond, WantHigh: high, WantLow: low}}
	x.observe()
	return x
}

func (x *way) observe() Reason {
	var why Reason
	x.s, x.p, why = NextUplink(x.s, x.o)
	if why != NoStep {
		x.steps = append(x.steps, why)
	}
	x.o.At += 100 * time.Millisecond
	return why
}

func (x *way) expect(t *testing.T, most time.Duration, want Reason) time.Duration {
	t.Helper()
	from := x.o.At
	for x.o.At-from < most {
		if why := x.observe(); why != NoStep {
			if why != want {
				t.Fatalf("step %q, want %q, the plan is %+v", why, want, x.p)
			}
			return x.o.At - from
		}
	}
	if want != NoStep {
		t.Fatalf("no step %q, the plan is %+v", want, x.p)
	}
	return most
}

func TestUplinkLayers(t *testing.T) {
	for _, c := range []struct{ high, low, sendsHigh, sendsLow bool }{
		{false, false, true, false}, // so that a first syllable is heard
		{true, false, true, false},
		{false, true, false, true},
		{true, true, true, true},
	} {
		x := newWay(c.high, c.low)
		if x.p.High != c.sendsHigh || x.p.Low != c.sendsLow || len(x.steps) != 0 {
			t.Errorf("%+v: %+v, %v", c, x.p, x.steps)
		}
	}
	x := newWay(true, false)
	x.o.WantLow = true
	x.expect(t, time.Second, Layers)
	t.Logf("a publisher's state is %d bytes", unsafe.Sizeof(x.s))
}

func TestUplinkDown(t *testing.T) {
	for name, c := range map[string]struct {
		high, low bool
		want      []UplinkPlan
	}{
		"high": {true, false, []UplinkPlan{
			{MaxBitrate: 32_000, LowBitrate: 16_000, High: true, FrameMs: 20}, {MaxBitrate: 24_000, LowBitrate: 16_000, High: true, FrameMs: 20},
			{MaxBitrate: 16_000, LowBitrate: 16_000, High: true, FrameMs: 20}, {MaxBitrate: 16_000, LowBitrate: 16_000, High: true, FrameMs: 40},
			{MaxBitrate: 12_000, LowBitrate: 12_000, High: true, FrameMs: 60}, {MaxBitrate: 12_000, LowBitrate: 12_000, High: true, FrameMs: 120}}},
		"both": {true, true, []UplinkPlan{
			{MaxBitrate: 32_000, LowBitrate: 16_000, High: true, Low: true, FrameMs: 20}, {MaxBitrate: 16_000, LowBitrate: 16_000, Low: true, FrameMs: 20},
			{MaxBitrate: 16_000, LowBitrate: 16_000, Low: true, FrameMs: 40}, {MaxBitrate: 12_000, LowBitrate: 12_000, Low: true, FrameMs: 60},
			{MaxBitrate: 12_000, LowBitrate: 12_000, Low: true, FrameMs: 120}}},
		"low": {false, true, []UplinkPlan{
			{MaxBitrate: 16_000, LowBitrate: 16_000, Low: true, FrameMs: 40}, {MaxBitrate: 12_000, LowBitrate: 12_000, Low: true, FrameMs: 60},
			{MaxBitrate: 12_000, LowBitrate: 12_000, Low: true, FrameMs: 120}}},
	} {
		x := newWay(c.high, c.low)
		x.o.Queue = 150 * time.Millisecond
		for i, want := range c.want {
			took := x.expect(t, 5*time.Second, Congestion)
			if x.p != want {
				t.Errorf("%s: step %d is %+v, want %+v", name, i, x.p, want)
			}
			if i == 0 && took > time.Second || i > 0 && took < time.Second {
				t.Errorf("%s: step %d after %v", name, i, took)
			}
		}
		x.expect(t, time.Minute, NoStep)
	}
}

func TestUplinkDeepQueue(t *testing.T) {
	x := newWay(true, true)
	x.o.Queue = time.Second
	x.expect(t, time.Second, Congestion)
	if x.p.High || !x.p.Low {
		t.Errorf("%+v", x.p)
	}
}

func TestUplinkUpAndBackoff(t *testing.T) {
	x := newWay(true, false)
	x.o.Queue = 150 * time.Millisecond
	x.expect(t, time.Second, Congestion)
	x.o.Queue = 60 * time.Millisecond // neither
	x.expect(t, time.Minute, NoStep)
	x.o.Queue = 0
	if took := x.expect(t, time.Minute, Recovered); took > time.Second {
		t.Errorf("up after %v, the wait was over", took)
	}
	last := time.Duration(0)
	for i := range 6 {
		x.o.Queue = 150 * time.Millisecond
		x.expect(t, 2*time.Second, Congestion)
		x.o.Queue = 0
		took := x.expect(t, 2*mostWait, Recovered)
		if took <= last && i < 4 || took > mostWait+2*time.Second {
			t.Errorf("attempt %d after %v, the one before after %v", i, took, last)
		}
		last = took
	}
	x.expect(t, time.Minute, NoStep)
	if x.p.MaxBitrate != 48_000 {
		t.Errorf("%+v", x.p)
	}
}

func TestUplinkLoss(t *testing.T) {
	for name, c := range map[string]struct {
		loss, burst  float64
		red, bitrate int
		why          Reason
	}{
		"none": {0.01, 1, 0, 48_000, NoStep}, "some": {0.03, 1, 1, 48_000, Loss},
		"a tenth": {0.1, 1, 2, 32_000, Loss}, "a quarter": {0.25, 1, 3, 24_000, Loss},
		"rows": {0.08, 2.5, 3, 24_000, Burst},
	} {
		x := newWay(true, false)
		x.o.Loss, x.o.Burst = c.loss, c.burst
		x.expect(t, time.Second, c.why)
		if x.p.Redundancy != c.red || x.p.MaxBitrate != c.bitrate {
			t.Errorf("%s: %+v", name, x.p)
		}
		x.o.Loss, x.o.Burst = 0, 0
		if c.red > 0 {
			if took := x.expect(t, time.Minute, Clean); took < cleanFor {
				t.Errorf("%s: clean after %v", name, took)
			}
		}
	}
	x := newWay(true, false)
	x.o.Loss = 0.6
	x.expect(t, time.Second, Loss)
	if x.p.MaxBitrate > 24_000 {
		t.Errorf("%+v", x.p)
	}
}

// TestUplinkThin is the low layer made thin at once, and thick again a while
// after nobody has needed that.
func TestUplinkThin(t *testing.T) {
	x := newWay(true, true)
	if x.p.LowBitrate != 16_000 {
		t.Fatalf("%+v", x.p)
	}
	x.o.WantThin = true
	if why := x.observe(); why != Layers || x.p.LowBitrate != 12_000 || x.p.MaxBitrate != 48_000 {
		t.Fatalf("%q, %+v", why, x.p)
	}
	x.expect(t, time.Minute, NoStep)
	for range 3 { // somebody who goes up and down
		x.o.WantThin = false
		x.expect(t, thinFor-time.Second, NoStep)
		x.o.WantThin = true
		x.expect(t, time.Second, NoStep)
	}
	x.o.WantThin = false
	if took := x.expect(t, time.Minute, Layers); x.p.LowBitrate != 16_000 || took < thinFor {
		t.Errorf("after %v %+v", took, x.p)
	}
	y := newWay(false, true) // alone it is the best layer too
	y.o.WantThin = true
	y.observe()
	if y.p.MaxBitrate != 12_000 || y.p.LowBitrate != 12_000 || y.p.FrameMs != 20 {
		t.Errorf("%+v", y.p)
	}
}

// TestUplinkFull is what is gone to when it is known what the way carries, and
// whether there is a pause before it: where the queue is worth one.
func TestUplinkFull(t *testing.T) {
	for _, c := range []struct {
		bps      int
		grown    time.Duration
		both     bool
		pauses   bool
		bitrate  int
		frameMs  int
		sendHigh bool
	}{
		{70_000, 60 * time.Millisecond, false, false, 32_000, 20, true},
		{46_000, 60 * time.Millisecond, false, false, 16_000, 20, true},
		{34_000, 100 * time.Millisecond, false, true, 16_000, 40, true},
		{34_000, 100 * time.Millisecond, true, true, 16_000, 40, false},
		{22_000, 100 * time.Millisecond, false, true, 12_000, 60, true},
		{17_000, 140 * time.Millisecond, false, true, 12_000, 120, true},
		{6_000, time.Second, true, true, 12_000, 120, false}, // nothing fits
	} {
		x := newWay(true, c.both)
		x.o.EstimateBps, x.o.Overuse, x.o.Grown = c.bps, true, c.grown
		want := Congestion
		if c.pauses {
			want = Queue
		}
		x.expect(t, 200*time.Millisecond, want)
		if paused := !x.p.High && !x.p.Low; paused != c.pauses {
			t.Errorf("%+v: %+v", c, x.p)
		}
		if x.o.Overuse = false; c.pauses {
			x.o.Queue = 500 * time.Millisecond // what comes meanwhile is old
			x.expect(t, 400*time.Millisecond+c.grown, NoStep)
			x.o.Queue, x.o.Grown, x.o.Idle = 0, 0, restIdle
			if took := x.expect(t, time.Second, Recovered); took > 100*time.Millisecond {
				t.Errorf("%+v: it goes on after %v with nothing left", c, took)
			}
		}
		if x.p.MaxBitrate != c.bitrate || x.p.FrameMs != c.frameMs || x.p.High != c.sendHigh || x.p.Low == c.sendHigh {
			t.Errorf("%+v: %+v", c, x.p)
		}
		if x.p.cost() > c.bps && c.bps > 17_000 {
			t.Errorf("%+v costs %d of %d bit/s", x.p, x.p.cost(), c.bps)
		}
		// What does not fit what it carried is not tried for a while.
		x.o.Queue, x.o.Grown = 0, 0
		before := x.p
		if took := x.expect(t, time.Minute, Recovered); took < daresIn-2*time.Second {
			t.Errorf("%+v: %+v after %v", c, x.p, took)
		}
		if x.p.cost() <= before.cost() {
			t.Errorf("%+v: from %+v to %+v", c, before, x.p)
		}
	}
}

// TestUplinkPauseEnds is a pause of one who does not obey, or whose queue is
// another's: it is over, and is not taken again at once.
func TestUplinkPauseEnds(t *testing.T) {
	x := newWay(true, false)
	x.o.EstimateBps, x.o.Overuse, x.o.Grown = 17_000, true, time.Second
	x.expect(t, 200*time.Millisecond, Queue)
	if took := x.expect(t, 10*time.Second, Recovered); took < time.Second || took > mostRest+time.Second {
		t.Errorf("over after %v", took)
	}
	from := x.o.At
	for x.o.At-from < pauseOften-mostRest-200*time.Millisecond {
		if x.observe(); !x.p.High {
			t.Fatalf("paused again after %v", x.o.At-from)
		}
	}
}

// TestUplinkStall is a way that stood still for a moment: the step is taken back,
// and so is the pause.
func TestUplinkStall(t *testing.T) {
	x := newWay(true, false)
	x.o.EstimateBps = 110_000
	x.observe()
	x.o.EstimateBps, x.o.Overuse, x.o.Grown = 17_000, true, 300*time.Millisecond
	x.expect(t, 200*time.Millisecond, Queue)
	x.o.EstimateBps, x.o.Overuse, x.o.Grown = 110_000, false, 0
	if took := x.expect(t, time.Second, Recovered); took > 100*time.Millisecond || x.p.MaxBitrate != 48_000 || !x.p.High {
		t.Errorf("after %v %+v", took, x.p)
	}
	x.expect(t, time.Minute, NoStep)
}

// TestUplinkNoQueue is a pause after which it shows that there was no queue: nothing
// came for longer than it takes to obey.
func TestUplinkNoQueue(t *testing.T) {
	x := newWay(true, false)
	x.o.EstimateBps, x.o.Overuse, x.o.Grown = 17_000, true, 100*time.Millisecond
	x.expect(t, 200*time.Millisecond, Queue)
	from := x.o.At
	x.o.Overuse, x.o.Grown = false, 0
	for !x.p.High && x.o.At-from < time.Second {
		x.o.Idle = max(x.o.At-from-50*time.Millisecond, 0)
		x.observe()
	}
	if took := x.o.At - from; took > 500*time.Millisecond || x.p.MaxBitrate != 48_000 || x.p.FrameMs != 20 {
		t.Errorf("after %v %+v", took, x.p)
	}
}
