package loadtest

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// histogram counts durations in buckets that grow by 2%, from a microsecond to
// about a minute, without locks or allocation.
type histogram struct {
	buckets [buckets]atomic.Uint64
	n       atomic.Uint64
	max     atomic.Int64
}

const (
	buckets = 910
	growth  = 1.02
)

var logGrowth = math.Log(growth)

func (h *histogram) add(d time.Duration) {
	us := max(float64(d)/1e3, 1)
	h.buckets[min(int(math.Log(us)/logGrowth), buckets-1)].Add(1)
	h.n.Add(1)
	for {
		m := h.max.Load()
		if int64(d) <= m || h.max.CompareAndSwap(m, int64(d)) {
			return
		}
	}
}

// at returns the duration, within 2%, that the share q of all is not above.
func (h *histogram) at(q float64) time.Duration {
	n := h.n.Load()
	if n == 0 {
		return 0
	}
	want := uint64(math.Ceil(q * float64(n)))
	var seen uint64
	for i := range h.buckets {
		if seen += h.buckets[i].Load(); seen >= want {
			return min(time.Duration(math.Pow(growth, float64(i)+0.5)*1e3), time.Duration(h.max.Load()))
		}
	}
	return time.Duration(h.max.Load())
}

// Quantiles sums up a set of durations; JSON has milliseconds.
type Quantiles struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50Ms"`
	P95   float64 `json:"p95Ms"`
	P99   float64 `json:"p99Ms"`
	Max   float64 `json:"maxMs"`
}

func (h *histogram) quantiles() Quantiles {
	ms := func(d time.Duration) float64 { return math.Round(float64(d)/1e3) / 1e3 }
	return Quantiles{
		Count: h.n.Load(), P50: ms(h.at(0.50)), P95: ms(h.at(0.95)), P99: ms(h.at(0.99)), Max: ms(time.Duration(h.max.Load())),
	}
}

// String is for a person.
func (q Quantiles) String() string {
	return fmt.Sprintf("p50 %.2f  p95 %.2f  p99 %.2f  max %.2f ms  (%d)", q.P50, q.P95, q.P99, q.Max, q.Count)
}

func (q Quantiles) figures(f map[string]float64) {
	f["p50"], f["p95"], f["p99"], f["max"] = q.P50, q.P95, q.P99, q.Max
}

// Bar counts the durations between two bounds.
type Bar struct {
	From  float64 `json:"fromMs"`
	To    float64 `json:"toMs"`
	Count uint64  `json:"count"`
}

// barWidth is how many buckets make a bar of a plot: each is about a fifth
// longer than the one before.
const barWidth = 10

// bars returns the histogram from its first to its last count, coarsely.
func (h *histogram) bars() []Bar {
	var bars []Bar
	last := 0
	for i := 0; i < buckets; i += barWidth {
		b := Bar{From: round(math.Pow(growth, float64(i))/1e3, 4), To: round(math.Pow(growth, float64(i+barWidth))/1e3, 4)}
		for k := i; k < i+barWidth; k++ {
			b.Count += h.buckets[k].Load()
		}
		if b.Count == 0 && len(bars) == 0 {
			continue
		}
		bars = append(bars, b)
		if b.Count > 0 {
			last = len(bars)
		}
	}
	return bars[:last]
}
