package signaling

import "time"

// unhurried delivers events that may wait a little for company: who comes and
// goes in a large room is told to everybody, and one write of ten events costs
// a socket hardly more than a write of one. It belongs to one loop.
//
// An event keeps its place among the session's others: the next one that does
// not wait takes it along.
type unhurried struct {
	waiting map[*outbox]struct{}
	throttle
}

// crowd is from how many receivers on an event waits for company: for few it
// would only be late.
const crowd = 32

// event queues a frame for a session, which is one of so many that are told
// the same; deliver sees to it that it leaves.
func (u *unhurried) event(s *session, f frame, of int) {
	if of < crowd {
		s.out.event(f)
		return
	}
	if !s.out.eventLater(f) {
		return
	}
	if u.waiting == nil {
		u.waiting = make(map[*outbox]struct{})
	}
	u.waiting[s.out] = struct{}{}
	u.dirty = true
}

// deliver starts the writers of those that wait, at once or, when it did so
// less than every ago, once that has passed.
func (u *unhurried) deliver(now time.Time, every time.Duration) {
	if u.take(now, every) {
		u.flush()
	}
}

// flush is deliver without waiting.
func (u *unhurried) flush() {
	for o := range u.waiting {
		o.hurry()
	}
	u.waiting = nil // a map does not shrink
}
