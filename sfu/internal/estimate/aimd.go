package estimate

// aimd raises and lowers the estimate by what the delay tells (section 5.5).
type aimd struct {
	at     int64   // of the last update
	target float64 // bit/s, 0 unknown
	// knee is the rate at which the path was last found full, 0 when it never
	// was or that is no longer true; slow is how fast the estimate creeps past
	// it, a share a second.
	knee   float64
	slow   float32
	overAt int64 // when it was last overused, 0 never
	// What was known before it was, and since when: see empty.
	undoAt           int64
	undo, undoneKnee float64

	// leastUs is the least of the delay without what sending a packet at the
	// knee's rate takes, over settled packets: see faster.
	leastUs int64
	settled int32
}

const (
	backoff     = 0.85 // of what arrives, when it is too much
	appLimit    = 1.5  // of what arrives, when it is not
	fastRise    = 0.3  // a second
	usualRise   = 0.08 // a second, with some queue
	startSlow   = 0.02 // a second, near the knee
	leastSlow   = 0.005
	emptyUs     = 20_000 // a queue that is none
	holdUs      = 60_000 // a queue that must drain first
	kneeForUs   = 120_000_000
	settlesIn   = 25 // packets
	settleUs    = 3_000_000
	judgedBytes = 100 // smaller packets take too little time to judge by
)

// update takes what a feedback told at now: received is in bit/s if known.
func (a *aimd) update(now int64, over bool, queueUs float32, received float64, known bool) {
	dt := float64(min(max(now-a.at, 0), 1_000_000)) / 1e6
	a.at = now
	switch {
	case !known:
	case over:
		a.overused(now, received)
	case a.target == 0:
		a.target = received
	case queueUs < holdUs:
		a.rise(now, dt, queueUs, received)
	}
}

// overused lowers the estimate to what arrives, less some room for the queue.
func (a *aimd) overused(now int64, received float64) {
	if again := now - a.overAt; a.overAt == 0 || again > 2_000_000 || again < 0 {
		a.slow /= 2
		if a.slow == 0 || received < 0.75*a.knee || received > 1.25*a.knee {
			a.slow = startSlow
		}
		a.slow = max(a.slow, leastSlow)
		a.undoAt, a.undo, a.undoneKnee = now, a.target, a.knee
		a.knee, a.settled = received, 0
	}
	a.overAt = now
	a.knee = min(a.knee, received)
	if v := max(backoff*received, minBitrate); a.target == 0 || v < a.target {
		a.target = v
	}
}

func (a *aimd) rise(now int64, dt float64, queueUs float32, received float64) {
	if age := now - a.overAt; age > kneeForUs || age < 0 || received > 1.1*a.knee {
		a.forget()
	}
	share := usualRise
	switch {
	case a.knee > 0 && a.target > 0.8*a.knee:
		share = float64(a.slow)
	case queueUs < emptyUs:
		share = fastRise
	}
	v := min(a.target*(1+share*dt), appLimit*received, maxBitrate)
	a.target = max(a.target, v)
}

// empty takes that a packet met no queue. If it was sent before the sender can
// have heard of the overuse, there was none: what was sent did not grow a queue,
// the path stood still for a moment.
func (a *aimd) empty(sent int64) {
	if a.undo > 0 && sent < a.undoAt {
		a.target, a.knee, a.settled = max(a.target, a.undo), a.undoneKnee, 0
	}
	if sent >= a.undoAt || a.undo > 0 {
		a.undo = 0
	}
}

// forget makes the knee history.
func (a *aimd) forget() { a.knee, a.settled, a.leastUs = 0, 0, 0 }

// faster says that the path carries more than at its knee: packets take less
// time than that rate could bring them in. d is the one-way delay in
// microseconds of two clocks. What is settled is a path whose queue is gone.
func (a *aimd) faster(now, d int64, size int, queueUs float32) bool {
	if a.knee == 0 || size < judgedBytes || queueUs > emptyUs && now-a.overAt < settleUs {
		return false
	}
	took := int64(float64(size) * 8e6 / a.knee)
	rest := d - took
	if a.settled < settlesIn {
		if a.settled == 0 || rest < a.leastUs {
			a.leastUs = rest
		}
		a.settled++
		return false
	}
	if rest < a.leastUs-took/2-2_000 {
		return true
	}
	if rest < a.leastUs {
		a.leastUs += (rest - a.leastUs) / 16 // slowly, so that a change shows
	}
	return false
}
