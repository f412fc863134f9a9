package ladder

import (
	"math"
	"testing"
	"time"
	"unsafe"
)

var all = Means{RED: true, NACK: true, FEC: true, Low: true, Join: true, Told: true, Slots: 4}

// path is a listener that is observed each 100 ms.
type path struct {
	s     State
	m     Means
	o     Observation
	p     Plan
	steps []Reason
}

func newPath(m Means) *path {
	x := &path{m: m, o: Observation{At: time.Hour, Talkers: 2, SentBps: 146_000, EstimateBps: 219_000, RTT: 200 * time.Millisecond}}
	x.observe()
	return x
}

func (x *path) observe() Reason {
	var why Reason
	x.s, x.p, why = Next(x.s, x.o, x.m)
	if why != NoStep {
		x.steps = append(x.steps, why)
	}
	x.o.At += 100 * time.Millisecond
	return why
}

// until observes until there is a step, at most so long, and returns it.
func (x *path) until(most time.Duration) (Reason, time.Duration) {
	from := x.o.At
	for x.o.At-from < most {
		if why := x.observe(); why != NoStep {
			return why, x.o.At - from
		}
	}
	return NoStep, most
}

// expect fails unless the next step within so long has this reason.
func (x *path) expect(t *testing.T, most time.Duration, want Reason) {
	t.Helper()
	if got, _ := x.until(most); got != want {
		t.Fatalf("step %q, want %q, the plan is %+v", got, want, x.p)
	}
}

// carry makes the estimate what an app-limited one on a path of so much is.
func (x *path) carry(bps int) {
	sent := cost(x.p, x.o.Talkers, x.m)
	x.o.SentBps, x.o.EstimateBps = sent, min(sent*3/2, bps)
	x.o.Overuse = sent > bps
}

func TestBegin(t *testing.T) {
	x := newPath(all)
	if want := (Plan{Distance: 1, FrameMs: 20, Slots: 4}); x.p != want || len(x.steps) != 0 {
		t.Fatalf("%+v, steps %v", x.p, x.steps)
	}
	x.expect(t, 5*time.Minute, NoStep)
	t.Logf("a listener's state is %d bytes", unsafe.Sizeof(x.s))
}

// TestEstimateAlone is that an app-limited estimate below what is asked for is
// no reason to send less, while the path was never found full.
func TestEstimateAlone(t *testing.T) {
	x := newPath(all)
	x.o.Talkers, x.o.SentBps, x.o.EstimateBps = 1, 73_000, 100_000
	x.expect(t, time.Minute, NoStep)
	x.o.Talkers = 3
	x.expect(t, time.Minute, NoStep)
}

func TestLossAndBursts(t *testing.T) {
	for name, c := range map[string]struct {
		loss, burst float64
		red, dist   int
		why         Reason
	}{
		"none":        {0.01, 1, 0, 1, NoStep},
		"some":        {0.03, 1, 1, 1, Loss},
		"a tenth":     {0.10, 1.1, 2, 1, Loss},
		"a quarter":   {0.25, 1.3, 3, 1, Loss},
		"short rows":  {0.03, 1.8, 2, 1, Burst},
		"rows":        {0.075, 2.5, 3, 1, Burst},
		"long rows":   {0.075, 4, 3, 2, Burst},
		"one hole":    {0.2, 20, 1, 2, Burst},
		"burst of ??": {0.03, math.NaN(), 1, 1, Loss},
	} {
		x := newPath(all)
		x.o.Loss, x.o.Burst = c.loss, c.burst
		why := x.observe()
		if why != c.why || x.p.Redundancy != c.red || x.p.Distance != c.dist || x.p.Layer != High {
			t.Errorf("%s: %q, %+v", name, why, x.p)
		}
		if more, _ := x.until(time.Minute); more != NoStep {
			t.Errorf("%s: then %q, %+v", name, more, x.p)
		}
	}
}

func TestRedundancyIsTakenOff(t *testing.T) {
	x := newPath(all)
	x.o.Loss = 0.1
	x.expect(t, time.Second, Loss)
	x.o.Loss = 0.04 // better, but two are needed by half the limit
	x.expect(t, time.Minute, NoStep)
	x.o.Loss = 0
	why, took := x.until(time.Minute)
	if why != Clean || x.p.Redundancy != 1 || took < cleanFor {
		t.Fatalf("%q after %v, %+v", why, took, x.p)
	}
	x.expect(t, time.Minute, Clean)
	if x.p.Redundancy != 0 {
		t.Fatalf("%+v", x.p)
	}
	// It was wrong to: the next time it takes twice as long.
	x.o.Loss = 0.03
	x.expect(t, time.Second, Loss)
	x.o.Loss = 0
	if why, took := x.until(2 * time.Minute); why != Clean || took < 2*cleanFor {
		t.Fatalf("%q after %v", why, took)
	}
}

func TestWholeFramesOneAtATime(t *testing.T) {
	m := all
	m.Low = false
	x := newPath(m)
	x.o.Loss = 0.25
	x.o.EstimateBps = 150_000 // less the loss
	x.expect(t, time.Second, Loss)
	if x.p.Redundancy != 1 || x.p.Layer != High {
		t.Fatalf("%+v", x.p)
	}
	x.expect(t, time.Minute, NoStep) // the estimate has no room for more
	x.o.EstimateBps = 270_000
	x.expect(t, 3*time.Second, Loss)
	if x.p.Redundancy != 2 {
		t.Fatalf("%+v", x.p)
	}
}

func TestWithoutRED(t *testing.T) {
	for _, c := range []struct {
		fec  bool
		want Reason
	}{{true, FEC}, {false, Bare}} {
		m := all
		m.RED, m.FEC = false, c.fec
		x := newPath(m)
		x.o.Loss = 0.1
		before := x.p
		x.expect(t, time.Second, c.want)
		x.expect(t, time.Minute, NoStep) // told once
		if x.p != before {
			t.Errorf("%+v", x.p)
		}
	}
}

func TestConcealedAsksForMore(t *testing.T) {
	x := newPath(all)
	x.o.Loss = 0.03
	x.expect(t, time.Second, Loss)
	x.o.Concealed, x.o.HasConcealed = 0.08, true
	x.expect(t, 12*time.Second, Loss)
	if x.p.Redundancy != 2 {
		t.Fatalf("%+v", x.p)
	}
	y := newPath(all) // one who says so without any loss
	y.o.Concealed, y.o.HasConcealed = 1, true
	y.expect(t, time.Minute, NoStep)
}

func TestNACK(t *testing.T) {
	x := newPath(all)
	if x.p.NACK {
		t.Fatal("on at 200 ms")
	}
	for _, c := range []struct {
		ms   int
		want Reason
		on   bool
	}{{120, NoStep, false}, {100, RoundTrip, true}, {120, NoStep, true}, {121, RoundTrip, false}, {0, NoStep, false}, {20, RoundTrip, true}} {
		x.o.RTT = time.Duration(c.ms) * time.Millisecond
		if why := x.observe(); why != c.want || x.p.NACK != c.on {
			t.Errorf("%d ms: %q, NACK %v", c.ms, why, x.p.NACK)
		}
	}
	x.m.NACK = false
	x.observe()
	if x.p.NACK {
		t.Error("on without the means")
	}
}

func TestThinDownlink(t *testing.T) {
	x := newPath(all)
	x.o.Overuse, x.o.Queue, x.o.EstimateBps, x.o.RTT = true, 70*time.Millisecond, 34_000, 40*time.Millisecond
	at := x.o.At
	x.expect(t, time.Second, Queue)
	if x.p.Layer != Low || x.p.FrameMs != 120 || x.p.Slots != 4 || !x.p.Thin() {
		t.Fatalf("not straight to what fits: %+v", x.p)
	}
	if d := x.p.PauseUntil - at; d < 400*time.Millisecond || d > time.Second {
		t.Fatalf("a pause of %v", d)
	}
	if x.p.At(at) != None || x.p.At(x.p.PauseUntil) != Low {
		t.Fatal("the pause is no pause")
	}
	x.o.Queue = 600 * time.Millisecond // what is told of the time before
	x.expect(t, 500*time.Millisecond, NoStep)
	x.o.Overuse, x.o.Queue = false, 0
	x.expect(t, 2*time.Second, NoStep)
}

func TestMildOverload(t *testing.T) {
	x := newPath(all)
	x.o.Overuse, x.o.Queue, x.o.EstimateBps = true, 60*time.Millisecond, 120_000
	x.expect(t, time.Second, Congestion)
	if x.p.Layer != Low || x.p.FrameMs != 20 || x.p.Slots != 4 || x.p.PauseUntil > 0 {
		t.Fatalf("%+v", x.p)
	}
}

// TestTakenBack is an overload that the estimator finds to have been none.
func TestTakenBack(t *testing.T) {
	x := newPath(all)
	x.o.Overuse, x.o.Queue, x.o.EstimateBps = true, 60*time.Millisecond, 34_000
	x.expect(t, time.Second, Queue)
	x.o.Overuse, x.o.Queue, x.o.EstimateBps = false, 5*time.Millisecond, 219_000
	x.expect(t, 200*time.Millisecond, Recovered)
	if want := (Plan{Distance: 1, FrameMs: 20, Slots: 4}); x.p != want {
		t.Fatalf("%+v", x.p)
	}
}

// TestUp climbs from the bottom on a path that has become wide.
func TestUp(t *testing.T) {
	x := newPath(all)
	x.o.Overuse, x.o.Queue, x.o.EstimateBps = true, 300*time.Millisecond, 34_000
	x.expect(t, time.Second, Queue)
	x.o.Overuse, x.o.Queue = false, 0
	from, last := x.o.At, cost(x.p, 2, x.m)
	for x.p.Layer != High {
		x.carry(1_000_000)
		why := x.observe()
		now := cost(x.p, 2, x.m)
		if why != NoStep && why != Recovered && why != Probe || float64(now) > 1.51*float64(last) {
			t.Fatalf("%q from %d to %d", why, last, now)
		}
		last = now
		if x.o.At-from > 20*time.Second {
			t.Fatalf("still %+v after 20 s", x.p)
		}
	}
	t.Logf("up again after %v: %v", x.o.At-from, x.steps)
	if x.p.Slots != 4 || x.p.Redundancy != 0 {
		t.Fatalf("%+v", x.p)
	}
}

func TestWhatHoldsAStepUpBack(t *testing.T) {
	for name, spoil := range map[string]func(*Observation){
		"deaf":       func(o *Observation) { o.Deaf = 1400 * time.Millisecond },
		"silence":    func(o *Observation) { o.Talkers, o.SentBps = 0, 0 },
		"queue":      func(o *Observation) { o.Queue = 70 * time.Millisecond },
		"no room":    func(o *Observation) { o.EstimateBps = 92_000 },
		"heavy loss": func(o *Observation) { o.Loss, o.Burst = 0.5, 20 },
	} {
		m := all
		m.RED = false
		x := newPath(m)
		x.o.Overuse, x.o.Queue, x.o.EstimateBps = true, 60*time.Millisecond, 120_000
		x.expect(t, time.Second, Congestion)
		x.o.Overuse, x.o.Queue, x.o.SentBps, x.o.EstimateBps = false, 0, 90_000, 135_000
		spoil(&x.o)
		for range 300 {
			if why := x.observe(); why == Recovered || why == Probe {
				t.Errorf("%s: %q", name, why)
				break
			}
		}
	}
}

// TestFailedStepsUpWaitLonger is a path of 100 kbit/s and an estimate that
// never learns: it says again and again that more would do.
func TestFailedStepsUpWaitLonger(t *testing.T) {
	x := newPath(all)
	x.o.RTT = 40 * time.Millisecond
	var falls []time.Duration
	for end := x.o.At + 10*time.Minute; x.o.At < end; {
		sent := cost(x.p, 2, x.m)
		x.o.SentBps, x.o.Overuse = sent, sent > 100_000
		x.o.EstimateBps, x.o.Queue = min(sent*3/2, 130_000), 0
		if x.o.Overuse {
			x.o.EstimateBps, x.o.Queue = 85_000, 60*time.Millisecond
		}
		if why := x.observe(); why == Congestion || why == Queue {
			falls = append(falls, x.o.At)
		}
	}
	t.Logf("%d steps in ten minutes, %d of them down", len(x.steps), len(falls))
	for i, at := range falls {
		if i > 6 && at-falls[i-1] < 15*time.Second {
			t.Errorf("down at %v and %v", falls[i-1], at)
		}
	}
}

// TestAnotherTalker is that who is known to have a thin path is sent less
// before the queue grows.
func TestAnotherTalker(t *testing.T) {
	x := newPath(all)
	x.o.Talkers = 1
	x.o.At += time.Minute
	x.observe()
	x.o.Overuse, x.o.Queue, x.o.EstimateBps = true, 60*time.Millisecond, 70_000
	x.expect(t, time.Second, Congestion)
	x.o.Overuse, x.o.Queue, x.o.SentBps = false, 0, 45_000
	x.until(time.Second)
	x.o.Talkers = 2
	x.expect(t, 200*time.Millisecond, Talkers)
	if x.p.Layer != Low || x.p.FrameMs != 40 || x.p.Slots != 4 {
		t.Fatalf("%+v", x.p)
	}
	x.o.Talkers = 1 // a turn of the talk changes nothing
	x.expect(t, 2*time.Second, NoStep)
}

func TestDeaf(t *testing.T) {
	x := newPath(all)
	before := x.p
	x.o.Deaf = 1600 * time.Millisecond
	if why := x.observe(); why != NoStep {
		t.Fatalf("%q, though only just told anything", why)
	}
	x.expect(t, 3*time.Second, Deaf)
	if x.p.Layer != Low || x.p.FrameMs != 60 || x.p.Slots != 1 {
		t.Fatalf("%+v", x.p)
	}
	x.o.Deaf, x.o.Loss, x.o.Burst = 10*time.Second, 1, 30
	x.expect(t, 10*time.Second, NoStep)
	x.o.Deaf = 0
	x.expect(t, time.Second, Heard)
	if x.p != before {
		t.Fatalf("%+v, was %+v", x.p, before)
	}
	y := newPath(all) // one whose reports come each 5 s
	y.o.EstimateBps, y.o.Deaf = 0, 5*time.Second
	y.expect(t, time.Minute, NoStep)
	z := newPath(all) // nobody has talked: there was nothing to answer
	z.o.Talkers, z.o.SentBps, z.o.Deaf = 0, 0, time.Minute
	z.expect(t, time.Minute, NoStep)
	z.o.Talkers, z.o.SentBps = 1, 73_000
	z.expect(t, time.Second, NoStep)
}

func TestDeafAndAQueue(t *testing.T) {
	x := newPath(all)
	x.o.Deaf = 2 * time.Second
	x.expect(t, 5*time.Second, Deaf)
	x.o.Deaf, x.o.Queue, x.o.EstimateBps, x.o.Overuse = 0, time.Second, 100_000, true
	x.expect(t, time.Second, Queue)
	if x.p.Layer != Low || x.p.PauseUntil == 0 {
		t.Fatalf("%+v", x.p)
	}
}

// TestPolicer is a path that drops what it does not carry: redundancy makes it
// worse, less is what helps.
func TestPolicer(t *testing.T) {
	x := newPath(all)
	for range 300 {
		sent := cost(x.p, 2, x.m)
		x.o.SentBps, x.o.Loss = sent, math.Max(1-100_000/float64(sent), 0)
		x.o.EstimateBps = min(sent, 100_000)
		x.observe()
	}
	t.Logf("%v, %+v", x.steps, x.p)
	if got := cost(x.p, 2, x.m); got > 110_000 {
		t.Errorf("still %d into 100000: %+v", got, x.p)
	}
}

func TestHeavyLoss(t *testing.T) {
	x := newPath(all)
	x.o.Loss, x.o.Burst = 0.6, 2
	x.observe()
	x.until(5 * time.Second)
	if x.p.Layer != Low {
		t.Errorf("%+v", x.p)
	}
}

func TestChangedMeans(t *testing.T) {
	x := newPath(all)
	x.o.Loss = 0.1
	x.expect(t, time.Second, Loss)
	x.m.RED = false
	x.expect(t, time.Second, Negotiated)
	if x.p.Redundancy != 0 {
		t.Fatalf("%+v", x.p)
	}
	x.m.Slots = 2
	x.observe()
	if x.p.Slots != 2 {
		t.Fatalf("%+v", x.p)
	}
	x.m.Slots = 6
	x.observe()
	if x.p.Slots != 6 {
		t.Fatalf("%+v", x.p)
	}
}

// TestWithoutEstimate is a listener without transport-wide feedback: heavy loss
// is all that is known of a thin path, and the way back is tried blindly.
func TestWithoutEstimate(t *testing.T) {
	x := newPath(all)
	x.o.EstimateBps, x.o.Deaf = 0, 500*time.Millisecond
	x.o.Loss, x.o.Burst = 0.6, 2
	x.observe()
	x.until(5 * time.Second)
	if x.p.Layer != Low {
		t.Fatalf("%+v", x.p)
	}
	x.o.Loss = 0
	for end := x.o.At + 2*time.Minute; x.o.At < end; {
		x.observe()
	}
	if x.p.Layer != High || x.p.Redundancy != 0 || x.p.Slots != 4 {
		t.Fatalf("%v, %+v", x.steps, x.p)
	}
}
