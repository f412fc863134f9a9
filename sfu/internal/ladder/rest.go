package ladder

import "time"

// rest is a pause of a publisher, in which the queue before his thin way empties:
// of 80 kbit/s into 20 each tenth of a second is three of it, and what fits the way
// from now on would stand behind that for long.
type rest struct {
	on    bool
	least time.Duration // until then the word to pause may not have come through
	most  time.Duration
	began time.Duration // the latest
	queue time.Duration // that it is for
	// What was before, for when there was no queue after all.
	step, found int
}

const (
	// obeysIn is how long it takes until a word is obeyed, beyond half a round trip.
	obeysIn = 150 * time.Millisecond
	// restIdle is the silence after which the queue is empty: longer than a packet
	// of 120 ms takes on the thinnest way.
	restIdle = 160 * time.Millisecond
	// mostRest ends it for one who does not obey, to whom it is none.
	mostRest = 2500 * time.Millisecond
)

// pause begins one if the queue is worth it by the time that it is obeyed; sent is
// what was sent until now, in bit/s.
func (s *UplinkState) pause(o UplinkObservation, sent int) bool {
	r := &s.rest
	delay := min(o.RTT, 500*time.Millisecond)/2 + obeysIn
	surplus := min(max(float64(sent)*backedOff/float64(o.EstimateBps)-1, 0), 4)
	queue := max(o.Grown, o.Queue) + time.Duration(surplus*float64(delay))
	if queue < pauseQueue || r.began > 0 && o.At-r.began < pauseOften {
		return false
	}
	*r = rest{on: true, least: o.At + delay, most: o.At + delay + mostRest, began: o.At, queue: queue}
	return true
}

// rested ends the pause when nothing comes any more.
func (s *UplinkState) rested(o UplinkObservation) Reason {
	r := &s.rest
	if o.At < r.most && (o.At < r.least || o.Idle < restIdle) {
		return NoStep
	}
	r.on = false
	if o.At < r.most && o.At-o.Idle-r.began < r.queue/2 {
		// Of what was sent nothing came later than without a queue: somebody was
		// busy for a moment.
		s.step, s.found = r.step, r.found
	}
	s.settled = o.At + min(o.RTT, time.Second) + 400*time.Millisecond
	s.upAfter = o.At + s.wait
	s.losses.ignore = s.settled + windowFor // a full queue drops
	return Recovered
}

// undo is what was before the last step down for what the way was thought to carry.
type undo struct{ step, bps, found int }

// takenBack undoes a step down, and ends its pause, when the estimator does: the way
// stood still for a moment.
func (s *UplinkState) takenBack(o UplinkObservation) bool {
	u := s.undo
	if u.bps == 0 {
		return false
	}
	if o.At-s.downAt > takenBackIn {
		s.undo = undo{}
		return false
	}
	if o.Overuse || o.Grown >= upQueue || o.EstimateBps < u.bps-u.bps/20 {
		return false
	}
	s.step, s.found, s.settled = u.step, u.found, o.At
	s.undo, s.rest.on = undo{}, false
	return true
}
