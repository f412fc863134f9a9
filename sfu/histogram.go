package sfu

// The bounds of the histograms, each bucket's largest value: seconds, and
// percent. A loss of nothing has a bucket of its own.
var (
	rttBounds  = []float64{.001, .0025, .005, .01, .025, .05, .075, .1, .15, .2, .3, .5, 1, 2}
	lossBounds = []float64{0, .5, 1, 2, 3, 5, 10, 20, 35, 50}
)

// histogram counts values in buckets, without allocation.
type histogram struct {
	buckets [15]uint64 // as many as the longest list of bounds, and one more
	sum     float64
}

// observe takes one value; bounds must be the same in every call.
func (h *histogram) observe(bounds []float64, v float64) {
	i := 0
	for i < len(bounds) && v > bounds[i] {
		i++
	}
	h.buckets[i]++
	h.sum += v
}

func (h *histogram) add(o histogram) {
	for i, n := range o.buckets {
		h.buckets[i] += n
	}
	h.sum += o.sum
}

func (h *histogram) snapshot(bounds []float64) Histogram {
	out := Histogram{Sum: h.sum, Upto: make(map[float64]uint64, len(bounds))}
	for i, n := range h.buckets {
		out.Count += n
		if i < len(bounds) {
			out.Upto[bounds[i]] = out.Count
		}
	}
	return out
}

// Histogram is how values are spread. Upto is how many were not above each
// bound; Count and Sum are of all.
type Histogram struct {
	Count uint64
	Sum   float64
	Upto  map[float64]uint64
}

// Mean is the mean value, 0 of none.
func (h Histogram) Mean() float64 {
	if h.Count == 0 {
		return 0
	}
	return h.Sum / float64(h.Count)
}
