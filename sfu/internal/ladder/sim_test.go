package ladder

import (
	"strings"
	"testing"
)

// always is so many who never pause: the worst that a path can be asked for.
func always(n int) func(float64) int { return func(float64) int { return n } }

// joins is one talker and, a little later, another.
func joins(sec float64) int {
	if sec < 0.6 {
		return 1
	}
	return 2
}

// turns is a talk of two who interrupt each other.
func turns(sec float64) int {
	switch s := sec - float64(int(sec/7))*7; {
	case s < 3:
		return 1
	case s < 3.8:
		return 2
	case s < 6.3:
		return 1
	}
	return 0
}

// listen follows a trace with the ladder on; seed also says when feedback comes.
func listen(t testing.TB, trace []condition, seed uint64, seconds float64, talkers func(float64) int) *listener {
	t.Helper()
	l := &listener{trace: trace, m: all, talkers: talkers, seed: seed, every: 80 + float64(seed%8)*7}
	l.run(seconds)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d:\n%s", seed, strings.Join(l.steps, "\n"))
		}
	})
	return l
}

const seeds = 12

func TestSimThin(t *testing.T) {
	trace := readTrace(t, "thin")
	for seed := range uint64(seeds) {
		l := listen(t, trace, seed, 120, joins)
		peak, soon, later := l.worst(0, 120), l.worst(2.6, 14), l.worst(14, 120)
		t.Logf("40 kbit/s, the second talker at 0.6 s: queue at most %3.0f ms, then %3.0f, with tries %3.0f; %.1f steps a minute", peak, soon, later, float64(len(l.steps))/2)
		if peak >= 500 || soon >= 100 || later >= 350 || len(l.steps) > 12 || l.plan.Slots < 2 {
			t.Errorf("seed %d", seed)
		}
	}
	for _, oneWay := range []float64{50, 150} {
		l := &listener{trace: trace, m: all, talkers: joins, seed: 3, every: 250, oneWay: oneWay}
		l.run(60)
		t.Logf("%.0f ms one way, feedback each 250: %.0f ms, after 3 s %.0f", oneWay, l.worst(0, 60), l.worst(3.6, 14))
		if l.worst(3.6, 14) >= 100 {
			t.Errorf("%s", strings.Join(l.steps, "\n"))
		}
	}
	plain := &listener{trace: trace, m: Means{Low: true, Slots: 4}, talkers: joins, seed: 3, every: 100}
	plain.run(60)
	t.Logf("without RED and joined frames, where nothing fits: %.0f ms, after 5 s %.0f, %d steps", plain.worst(0, 60), plain.worst(5, 60), len(plain.steps))
	if plain.worst(5, 60) > 600 {
		t.Errorf("%s", strings.Join(plain.steps, "\n"))
	}
	off := &listener{trace: trace, m: all, talkers: joins, every: 100, fixed: true}
	off.run(60)
	t.Logf("without a ladder: %.0f ms, %d packets dropped", off.worst(0, 60), off.overflow)
}

// afterSilence is so many who begin at once, when a listener has long been there.
func afterSilence(n int) func(float64) int {
	return func(sec float64) int {
		if sec < 3 {
			return 0
		}
		return n
	}
}

// TestSimBothAtOnce is a listener who comes into a talk, and two who begin in one
// instant when he has long been there: of the path nothing is known.
func TestSimBothAtOnce(t *testing.T) {
	trace := readTrace(t, "thin")
	for name, talkers := range map[string]func(float64) int{"as he comes": always(2), "after a silence": afterSilence(2), "four": always(4)} {
		for seed := range uint64(seeds) {
			l := listen(t, trace, seed, 60, talkers)
			first := l.queue[0][0]
			peak, soon := l.worst(0, 60), l.worst(first+2, 14)
			t.Logf("%s: queue at most %3.0f ms, after 2 s %3.0f; %d steps, %+v", name, peak, soon, len(l.steps), l.plan)
			most := 500.0
			if name == "after a silence" {
				most = 750 // nobody's first word is left out for this
			}
			if peak >= most || soon >= 100 {
				t.Errorf("%s, seed %d", name, seed)
			}
		}
	}
	// On a good path nobody waits for long.
	for _, kbps := range []float64{300, 1000, 20_000} {
		for seed := range uint64(seeds) {
			l := listen(t, []condition{{0, kbps, 0, 1, 5}}, seed, 10, always(3))
			if len(l.steps) != 2 || l.stepAt[1] > 0.8 || l.plan.Slots != l.m.Slots || l.high < 0.999 {
				t.Errorf("%v kbit/s, seed %d", kbps, seed)
			}
		}
	}
}

func TestSimStep(t *testing.T) {
	trace := readTrace(t, "step") // 40 kbit/s from 20 to 60 s
	for seed := range uint64(seeds) {
		l := listen(t, trace, seed, 120, always(2))
		back := 0.0
		for i, s := range l.steps {
			if l.stepAt[i] > 60 && strings.Contains(s, " high R0") && back == 0 {
				back = l.stepAt[i] - 60
			}
		}
		t.Logf("1 Mbit/s, 40 kbit/s, 1 Mbit/s: queue at most %3.0f ms, after 2 s %3.0f; high again after %.1f s; %d steps", l.worst(0, 120), l.worst(22, 30), back, len(l.steps))
		if l.worst(0, 120) >= 550 || l.worst(22, 30) >= 100 || back == 0 || back > 15 || l.stepsIn(0, 0.5) != 2 || l.stepsIn(0.5, 20) > 0 || len(l.steps) > 16 {
			t.Errorf("seed %d", seed)
		}
	}
}

func TestSimOutage(t *testing.T) {
	trace := readTrace(t, "outage") // from 20 to 25 s
	for seed := range uint64(seeds) {
		l := listen(t, trace, seed, 60, always(2))
		whole := 0.0
		for i, s := range l.steps {
			if l.stepAt[i] > 25 && strings.Contains(s, " high ") && whole == 0 {
				whole = l.stepAt[i] - 25
			}
		}
		t.Logf("5 s outage: whole again after %.2f s, %d steps", whole, len(l.steps))
		if whole == 0 || whole > 2 || len(l.steps) > 6 || l.worst(27, 60) > 100 {
			t.Errorf("seed %d", seed)
		}
	}
}

func TestSimLoss(t *testing.T) {
	for name, trace := range map[string][]condition{
		"5%":   {{0, 2000, 5, 1, 2}},
		"10%":  {{0, 2000, 10, 1, 2}},
		"20%":  {{0, 2000, 20, 1, 2}},
		"30%":  {{0, 2000, 30, 1, 2}},
		"rows": readTrace(t, "rows"), // 7.5%, mean 2.5, from 10 to 70 s
	} {
		l := listen(t, trace, 3, 70, always(2))
		got := l.missing(15, 69)
		t.Logf("%s: missing after repair %.2f%%, %d steps", name, 100*got, len(l.steps))
		if most := map[string]float64{"5%": 0.005, "10%": 0.005, "20%": 0.012, "30%": 0.02, "rows": 0.02}[name]; got > most {
			t.Errorf("%s: %.2f%% is missing", name, 100*got)
		}
		if len(l.steps) > 8 {
			t.Errorf("%s: %d steps", name, len(l.steps))
		}
	}
	l := listen(t, readTrace(t, "rows"), 3, 140, always(2))
	if l.plan.Redundancy != 0 {
		t.Errorf("70 s after the loss %+v", l.plan)
	}
}

func TestSimMobile(t *testing.T) {
	trace := readTrace(t, "mobile")
	for seed := range uint64(seeds) {
		l := listen(t, trace, seed, 120, always(2))
		heard := 0.0
		for _, v := range l.heard {
			heard += v / float64(len(l.heard))
		}
		off := &listener{trace: trace, m: all, talkers: always(2), seed: seed, every: 100, fixed: true}
		off.run(120)
		t.Logf("mobile: queue at most %4.0f ms (without a ladder %4.0f), %2.0f%% heard, high for %2.0f%%, %.1f steps a minute", l.worst(0, 120), off.worst(0, 120), 100*heard, 100*l.high, float64(len(l.steps))/2)
		if len(l.steps) > 36 || heard < 0.75 || l.worst(0, 120) > 600 {
			t.Errorf("seed %d", seed)
		}
	}
}

func TestSimRadio(t *testing.T) {
	trace := readTrace(t, "radio")
	for seed := range uint64(seeds) {
		l := listen(t, trace, seed, 120, always(2))
		t.Logf("Wi-Fi with jitter: high for %2.0f%%, %.1f steps a minute", 100*l.high, float64(len(l.steps))/2)
		if l.high < 0.65 || len(l.steps) > 20 {
			t.Errorf("seed %d", seed)
		}
	}
}

// TestSimTurns is a talk whose overlaps do not fit the path.
func TestSimTurns(t *testing.T) {
	for seed := range uint64(seeds) {
		l := listen(t, []condition{{0, 80, 0, 1, 2}}, seed, 180, turns)
		t.Logf("turns over 80 kbit/s: queue at most %3.0f ms, %.1f steps a minute, high for %2.0f%%", l.worst(0, 180), float64(len(l.steps))/3, 100*l.high)
		if l.worst(0, 180) > 500 || len(l.steps) > 30 {
			t.Errorf("seed %d", seed)
		}
	}
}
