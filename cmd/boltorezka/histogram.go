package main

import (
	"math"
	"time"
)

// histogram counts durations in buckets that grow by a quarter each, from 1 ms
// to about a minute: enough for percentiles within a tenth of their value.
type histogram struct {
	buckets [52]uint64
	total   uint64
}

const bucketGrowth = 1.25

func (h *histogram) observe(d time.Duration) {
	i := 0
	if ms := float64(d) / float64(time.Millisecond); ms > 1 {
		i = min(1+int(math.Log(ms)/math.Log(bucketGrowth)), len(h.buckets)-1)
	}
	h.buckets[i]++
	h.total++
}

// quantileMs returns the q-quantile, 0 to 1, in milliseconds.
func (h *histogram) quantileMs(q float64) float64 {
	rank := q * float64(h.total)
	var seen float64
	for i, n := range h.buckets {
		if n == 0 {
			continue
		}
		if seen += float64(n); seen >= rank {
			low, high := 0.0, math.Pow(bucketGrowth, float64(i))
			if i > 0 {
				low = high / bucketGrowth
			}
			return low + (high-low)*(1-(seen-rank)/float64(n))
		}
	}
	return 0
}
