package estimate

// leap weighs a delay that rose from one packet to the next. Three things do that:
// a path that stood still for a moment, after which the delay falls again; a path
// that became too thin, on which it goes on growing by the packet; and a path that
// became longer, on which it stays. Of the last nothing has to be made, and what
// the delay is measured from has to follow.
type leap struct {
	sent        int64 // when the first packet after it was; 0: none is weighed
	before      int64 // the delay before it
	byUs        int64
	early, late int64 // the least delay of either half of the time
	n           int32
	queueUs     float32 // before it
}

const (
	leapUs = 50_000 // least leap that is weighed
	// leapForUs is how long one is weighed, over leapPackets at the least.
	leapForUs   = 600_000
	leapPackets = 12
	// growsUs is how much more delay is one that goes on growing: in the least of
	// two halves, and above the leap at any time, where half of that is not more.
	growsUs, beyondUs = 10_000, 60_000
)

// add takes a packet's one-way delay, which is step more than the one's before, and
// says whether the path has become longer.
func (l *leap) add(sent, d, step int64) (longer bool) {
	if l.sent == 0 {
		if step >= leapUs {
			*l = leap{sent: sent, before: d - step, byUs: step, early: d, late: 1 << 62, n: 1}
		}
		return false
	}
	above := d - l.before
	if above < l.byUs/2 || above > l.byUs+max(l.byUs/2, beyondUs) {
		*l = leap{}
		return false
	}
	l.n++
	age := sent - l.sent
	if age < leapForUs/2 {
		l.early = min(l.early, d)
	} else {
		l.late = min(l.late, d)
	}
	return age >= leapForUs && l.n >= leapPackets && l.late-l.early <= growsUs
}

// weighedUs is the part of the delay that may be no queue.
func (l *leap) weighedUs() float32 { return float32(l.byUs) }
