package estimate

// trend is the slope of the delay over time, a line fitted by least squares to
// groups of packets sent together, whose weights fade with their age; and the
// draft's adaptive threshold (section 5.4) for it.
type trend struct {
	// sums over the groups: weights, time before the latest (ms, negative), its
	// square, delay (ms), and delay times time.
	w, t, tt, d, td float64

	groupSent int64   // of the open group's first packet
	sent      int64   // of its last
	delayUs   float32 // of its last
	closed    int64   // when the last packet of the group before was sent
	lastUs    float32 // its delay

	jitterUs  float32 // mean difference between groups
	threshold float32 // ms
	overMs    float32 // how long the score has been above it
	score     float32
	rising    bool
	open      bool // there is a group
}

const (
	groupUs  = 5_000 // packets sent within it are one group (section 5.2)
	fadeMs   = 400   // after it a weight is half
	minGroup = 5     // weights: fewer groups tell nothing

	startThreshold, minThreshold, maxThreshold = 12.5, 6, 600
	upward, downward                           = 0.0087, 0.00018 // the threshold's gain a millisecond
	// gain makes the score of a slope that lasts, in the threshold's unit: at
	// 12.5 a queue that grows by 5% of the time that passes.
	gain = 240
	// minQueueUs is a queue that is none, however it grew.
	minQueueUs = 50_000
)

// add takes a packet that was sent at the given time and took so much longer
// than the least.
func (r *trend) add(sent int64, delayUs float32) {
	if r.threshold == 0 {
		r.threshold = startThreshold
	}
	if !r.open || sent-r.groupSent >= groupUs {
		if r.open {
			r.close()
		}
		r.groupSent, r.open = sent, true
	}
	r.sent, r.delayUs = sent, delayUs
}

// gap says that nothing was sent for a while: a slope over it means nothing.
func (r *trend) gap() {
	if r.open {
		r.close()
	}
	r.open = false
	r.w, r.t, r.tt, r.d, r.td = 0, 0, 0, 0, 0
	r.overMs, r.score, r.rising = 0, 0, false
}

// close takes the open group into the sums.
func (r *trend) close() {
	ms := min(max(float64(r.sent-r.closed)/1000, 0), 10_000)
	r.closed = r.sent
	step := r.delayUs - r.lastUs
	if !r.rising {
		r.jitterUs += (min(max(step, -step), 200_000) - r.jitterUs) / 32
	}
	r.lastUs = r.delayUs

	fade := fadeMs / (fadeMs + ms)
	delay := float64(r.delayUs) / 1000
	r.tt = fade * (r.tt - 2*ms*r.t + ms*ms*r.w)
	r.td = fade * (r.td - ms*r.d)
	r.t = fade * (r.t - ms*r.w)
	r.w = fade*r.w + 1
	r.d = fade*r.d + delay

	before := r.score
	r.score = 0
	if spread := r.w*r.tt - r.t*r.t; r.w >= minGroup && spread > 1 {
		r.score = float32((r.w*r.td - r.t*r.d) / spread * gain)
	}
	r.rising = r.score > r.threshold
	if r.rising {
		r.overMs += float32(ms)
	} else {
		r.overMs = 0
	}
	if r.score < before {
		r.overMs = min(r.overMs, 10) // it flattens: wait for another group
	}
	r.adapt(float32(min(ms, 100)))
}

// adapt moves the threshold towards the score, so that another's traffic,
// which makes slopes as well, does not starve this one.
func (r *trend) adapt(ms float32) {
	size := max(r.score, -r.score)
	if size > r.threshold+15 {
		return // a leap of the path's own
	}
	k := float32(downward)
	if size > r.threshold {
		k = upward
	}
	r.threshold = min(max(r.threshold+k*(size-r.threshold)*ms, minThreshold), maxThreshold)
}

// overuse says whether the delay has grown for long enough.
func (r *trend) overuse(queueUs float32) bool {
	return r.overMs > 10 && queueUs > max(minQueueUs, 3*r.jitterUs)
}
