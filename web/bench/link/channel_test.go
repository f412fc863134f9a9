package main

import (
	"math"
	"testing"
	"time"
)

// packets offers so many of so many bytes, one each `every`, and returns how
// long each was under way, ms, less than 0 for the lost.
func packets(t *testing.T, i impairment, n, bytes int, every time.Duration) ([]float64, *channel) {
	t.Helper()
	c := newChannel(7)
	if err := c.set(i); err != nil {
		t.Fatal(err)
	}
	out := make([]float64, n)
	now := time.Unix(1000, 0)
	for k := range out {
		at, ok := c.admit(now, bytes)
		out[k] = ms(at.Sub(now))
		if !ok {
			out[k] = -1
		}
		now = now.Add(every)
	}
	return out, c
}

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if math.Abs(got-want) > by {
		t.Errorf("%s is %.3f, want %.3f", what, got, want)
	}
}

// lossesOf returns the share of the lost and the mean length of their runs.
func lossesOf(delays []float64) (share, run float64) {
	lost, runs := 0, 0
	for k, d := range delays {
		if d < 0 {
			lost++
			if k == 0 || delays[k-1] >= 0 {
				runs++
			}
		}
	}
	return float64(lost) / float64(len(delays)), float64(lost) / float64(max(1, runs))
}

func TestLoss(t *testing.T) {
	const n = 200_000
	for _, c := range []struct{ loss, burst, run float64 }{
		{loss: 0, run: 0},
		{loss: 0.1, run: 1 / 0.9},
		{loss: 0.3, run: 1 / 0.7},
		{loss: 0.075, burst: 2.5, run: 2.5},
		{loss: 0.15, burst: 4, run: 4},
	} {
		delays, channel := packets(t, impairment{Loss: c.loss, Burst: c.burst}, n, 100, time.Millisecond)
		share, run := lossesOf(delays)
		near(t, "the loss", share, c.loss, 0.005)
		near(t, "the mean run", run, c.run, 0.1)
		if f := channel.read(time.Now()); f.Packets != n || f.Lost != int(share*n+0.5) || f.Bytes != (n-f.Lost)*128 {
			t.Errorf("counted %+v", f)
		}
	}
}

func TestDelayAndJitter(t *testing.T) {
	for _, reorder := range []bool{false, true} {
		i := impairment{DelayMs: 100, JitterMs: 50, Reorder: reorder}
		delays, _ := packets(t, i, 10_000, 100, 20*time.Millisecond)
		least, most, sum, overtaken := math.Inf(1), 0.0, 0.0, 0
		for k, d := range delays {
			least, most, sum = min(least, d), max(most, d), sum+d
			if k > 0 && d+20 < delays[k-1]-1e-6 {
				overtaken++
			}
		}
		near(t, "the least", least, 100, 1)
		near(t, "the most", most, 150, 1)
		if mean := sum / 10_000; reorder {
			near(t, "the mean", mean, 125, 1)
		}
		if (overtaken > 0) != reorder {
			t.Errorf("reorder %v: %d were overtaken", reorder, overtaken)
		}
	}
}

func TestRateAndQueue(t *testing.T) {
	// 128 bytes each 10 ms are 102.4 kbit/s, on a line of 40.
	delays, c := packets(t, impairment{RateKbps: 40, QueueMs: 300}, 6000, 100, 10*time.Millisecond)
	share, _ := lossesOf(delays)
	near(t, "what went on, kbit/s", (1-share)*102.4, 40, 1)
	near(t, "the first's way", delays[0], 25.6, 0.01)
	f := c.read(time.Unix(1060, 0))
	if f.QueuePeakMs > 300 || f.QueuePeakMs < 270 || f.QueueMs < 200 || f.Full == 0 || f.Lost != 0 {
		t.Errorf("counted %+v", f)
	}
	if f = c.read(time.Unix(1061, 0)); f.QueuePeakMs != 0 || f.QueueMs != 0 {
		t.Errorf("a second later: %+v", f)
	}
	// What fits does not queue.
	delays, c = packets(t, impairment{RateKbps: 110}, 1000, 100, 10*time.Millisecond)
	if f := c.read(time.Unix(1010, 0)); f.QueuePeakMs != 0 || f.Full != 0 || delays[999] > 9.4 {
		t.Errorf("counted %+v, the last took %v ms", f, delays[999])
	}
}

func TestOutage(t *testing.T) {
	delays, c := packets(t, impairment{Outage: true}, 100, 100, time.Millisecond)
	if share, _ := lossesOf(delays); share != 1 {
		t.Errorf("%v were lost", share)
	}
	if err := c.set(impairment{}); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.admit(time.Now(), 100); !ok {
		t.Error("lost after the outage")
	}
}

func TestImpossible(t *testing.T) {
	for _, i := range []impairment{
		{Loss: -1}, {Loss: 2}, {Loss: math.NaN()}, {Loss: 0.9, Burst: 2}, {Burst: -1},
		{DelayMs: -1}, {JitterMs: 1e9}, {RateKbps: -1}, {QueueMs: -1},
	} {
		if err := newChannel(1).set(i); err == nil {
			t.Errorf("%+v is taken", i)
		}
	}
}
