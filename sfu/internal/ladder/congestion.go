package ladder

import "time"

const (
	// fullQueue is a queue that is congestion whatever the estimator says;
	// pauseQueue one that is let empty by a pause; upQueue the longest with
	// which a step up is taken.
	fullQueue  = 150 * time.Millisecond
	pauseQueue = 200 * time.Millisecond
	upQueue    = 60 * time.Millisecond

	// lowComesIn is how long it takes until a low layer that was parked is sent.
	lowComesIn = 500 * time.Millisecond
	// backedOff is the estimate of a path that is full, of what it carries.
	backedOff = 0.85

	takenBackIn = 1500 * time.Millisecond

	leastPause = 300 * time.Millisecond
	mostPause  = 1000 * time.Millisecond
	margin     = 100 * time.Millisecond
	// On the last rung there are only pauses left: rarely when the queue may be
	// another's, as often as it takes when even this rung is too much.
	pauseEvery, pauseOften = 10 * time.Second, 3 * time.Second

	leastWait = 3 * time.Second
	mostWait  = time.Minute
	betweenUp = 2 * time.Second
	failsIn   = 6 * time.Second  // congestion so soon after a step up is its fault
	holdsFor  = 20 * time.Second // what was carried for so long is carried
	daresIn   = 20 * time.Second
	tryFor    = 10 * time.Second
	deafUp    = time.Second // no step up for one not heard for so long

	// nearMost is how many times what is sent an estimate is that cannot rise
	// further because no more is sent.
	nearMost = 1.4
)

// grown is how long the queue is by now: what was told of it is a round trip
// and a feedback old, and more than the path carries was sent meanwhile.
func (s *State) grown(o Observation, m Means) time.Duration {
	if !o.Overuse || o.EstimateBps == 0 {
		return o.Queue
	}
	sent := cost(s.plan, min(s.held, max(o.Talkers, 1)), m)
	surplus := min(max(float64(sent)/float64(o.EstimateBps)-1, 0), 4)
	age := min(o.RTT, 500*time.Millisecond) + 100*time.Millisecond
	return o.Queue + time.Duration(surplus*float64(age))
}

// meanwhile is the queue that grows until the low layer of a plan is sent: the
// high one stands in for it.
func (s *State) meanwhile(o Observation, p Plan, m Means) time.Duration {
	if o.EstimateBps == 0 {
		return 0
	}
	p.Layer = High
	surplus := float64(cost(p, min(s.held, max(o.Talkers, 1)), m))*backedOff/float64(o.EstimateBps) - 1
	return time.Duration(min(max(surplus, 0), 4) * float64(lowComesIn))
}

// down goes to what fits when the path is full, or when more talk than it is
// known to carry.
func (s *State) down(o Observation, m Means) Reason {
	if o.At < s.settled {
		return NoStep
	}
	now := cost(s.plan, s.held, m)
	switch {
	case o.Overuse || o.Queue >= fullQueue:
		budget := now * 9 / 10
		if o.Overuse {
			s.found = int(float64(o.EstimateBps) / backedOff)
		}
		if o.EstimateBps > 0 {
			budget = min(budget, o.EstimateBps)
		}
		return s.fall(o, m, budget)
	case s.full && !s.trying && o.EstimateBps > 0 && s.more && now > o.EstimateBps:
		if p := s.refit(o.EstimateBps, m); !p.same(s.plan) && cost(p, s.held, m) < now {
			s.plan = p
			s.stepped(o, 0)
			return Talkers
		}
	}
	return NoStep
}

// fall goes to what fits bps.
func (s *State) fall(o Observation, m Means, bps int) Reason {
	s.failed(o, m)
	wasFull := s.full
	s.full, s.clear = true, o.At
	p := s.everybody(s.refit(bps, m), bps, m)
	stays := p.same(s.plan)
	every := pauseEvery
	if o.EstimateBps > 0 && cost(p, min(s.held, max(o.Talkers, 1)), m) > o.EstimateBps {
		every = pauseOften
	}
	if stays && (o.Queue < fullQueue || s.paused > 0 && o.At-s.paused < every) {
		s.upAfter = o.At + s.wait
		return NoStep
	}
	queue := s.grown(o, m)
	comes := time.Duration(0)
	if o.LowParked && p.Layer == Low && s.plan.Layer == High {
		comes = lowComesIn
		queue += s.meanwhile(o, p, m)
	}
	if s.before = (before{}); o.EstimateBps < s.bps-s.bps/10 {
		s.before = before{plan: s.plan, bps: s.bps, full: wasFull}
		s.before.plan.PauseUntil = 0
		if s.caution.on {
			s.before.plan.Slots = m.Slots
		}
		if s.trying {
			s.before.plan.Redundancy--
		}
	}
	s.plan = p
	why, length := Congestion, time.Duration(0)
	if queue >= pauseQueue {
		why, length = Queue, min(max(queue+margin, leastPause, comes), mostPause)
		s.plan.PauseUntil, s.paused = o.At+length, o.At
	}
	s.stepped(o, length)
	s.losses.ignore = s.settled + windowFor // a full queue drops, redundancy makes it fuller
	return why
}

// failed makes the next wait longer when the last step up was too much. It is
// shorter again when more than that was carried: that a smaller step holds tells
// nothing of the one after it.
func (s *State) failed(o Observation, m Means) {
	if s.upAt > 0 && o.At-s.upAt < failsIn {
		s.wait = min(2*s.wait, mostWait)
		s.upAt = 0
	}
	s.tooMuch = cost(s.plan, s.held, m)
}

// takenBack undoes a step down when the estimator does: the path stood still for
// a moment, and packets sent meanwhile found no queue.
func (s *State) takenBack(o Observation) bool {
	b := s.before
	if b.bps == 0 {
		return false
	}
	if o.At-s.downAt > takenBackIn || s.more {
		s.before = before{}
		return false
	}
	if o.Overuse || o.Queue >= upQueue || o.EstimateBps < b.bps-b.bps/20 {
		return false
	}
	s.plan, s.full, s.settled, s.before = b.plan, b.full, o.At, before{}
	return true
}

// refit is the best plan of at most bps, with the redundancy that is needed.
func (s *State) refit(bps int, m Means) Plan {
	return s.losses.place(fit(s.plan, bps, s.losses.needed(m), s.held, m))
}

// everybody is p, or where that leaves a talker out, the thinnest plan that does
// not: when it is thinner than the present one, and costs little more than bps.
// That is what a path was seen to carry, less a part; who is left out for a
// path that could have carried him waits for half a minute.
func (s *State) everybody(p Plan, bps int, m Means) Plan {
	if p.Slots >= min(heard(s.held, m), m.Slots) {
		return p
	}
	last := frames(m) - 1
	if m.Low {
		last++
	}
	q := rung(s.plan, last, s.held, m)
	q.Redundancy = 0
	if c := cost(q, s.held, m); c > bps+bps/3 || c >= cost(s.plan, s.held, m) {
		return p
	}
	return s.losses.place(q)
}

// stepped notes a step down with a pause of such length.
func (s *State) stepped(o Observation, pause time.Duration) {
	s.downAt, s.trying = o.At, false
	s.settled = o.At + pause + min(o.RTT, time.Second) + 400*time.Millisecond
	s.upAfter = o.At + pause + s.wait
}

// up takes a step up when the path has room.
func (s *State) up(o Observation, m Means) Reason {
	if !s.full {
		return NoStep
	}
	i, now := index(s.plan, s.held, m), cost(s.plan, s.held, m)
	if s.trying && o.At >= s.tryEnds {
		s.trying = false
		s.plan.Redundancy--
		s.plan = s.losses.place(s.plan)
		s.wait = min(2*s.wait, mostWait)
		s.upAfter = o.At + s.wait
		return Probe
	}
	if i == 0 && !s.trying && s.plan.Slots == m.Slots {
		if o.At-s.clear >= clearFor && o.At-s.upAt >= clearFor {
			s.full, s.wait = false, leastWait
		}
		return NoStep
	}
	if !s.mayRise(o, now) {
		return NoStep
	}
	if o.EstimateBps == 0 { // nobody knows: one at a time, and wait what comes of it
		why := s.rise(o, rung(s.plan, max(i-1, 0), s.held, m), m)
		s.upAfter = o.At + max(s.wait, failsIn)
		return why
	}
	room := o.EstimateBps - o.EstimateBps/20
	if !s.dares(o) {
		room = min(room, s.found-s.found/20)
	}
	for j := range max(i, 1) {
		p := rung(s.plan, j, s.held, m)
		if s.trying {
			p.Redundancy--
		}
		if cost(p, s.held, m) <= room {
			return s.rise(o, p, m)
		}
	}
	if float64(o.EstimateBps) < nearMost*float64(now) || i == 0 || s.trying || !s.dares(o) {
		return NoStep
	}
	p, q := rung(s.plan, i-1, s.held, m), s.plan
	q.Redundancy++
	if !m.RED || q.Redundancy > repeats(q.FrameMs) || cost(p, s.held, m) <= cost(q, s.held, m) {
		return s.rise(o, p, m)
	}
	s.plan = s.losses.place(q)
	s.trying, s.tryEnds = true, o.At+tryFor
	s.upAt, s.upAfter = o.At, o.At+betweenUp
	return Probe
}

// dares says whether more may be tried than the path carried when it was found
// full: it has become another, or long enough ago.
func (s *State) dares(o Observation) bool {
	return !o.Full || s.found == 0 || o.At-max(s.downAt, s.upAt) >= max(s.wait, daresIn)
}

// mayRise says whether it is time for a step up and the path quiet.
func (s *State) mayRise(o Observation, now int) bool {
	if o.Overuse || o.Queue >= upQueue || o.Deaf >= deafUp || o.Talkers == 0 || o.SentBps == 0 || o.Loss >= heavyLoss {
		return false
	}
	if o.At >= s.upAfter {
		return true
	}
	// Near its most, an estimate that is not held back by what was found full means
	// that the path has become another. So part of the wait will do.
	return !o.Full && float64(o.EstimateBps) >= nearMost*float64(now) && o.At-s.downAt >= max(leastWait, s.wait/4) && o.At-s.upAt >= betweenUp
}

func (s *State) rise(o Observation, p Plan, m Means) Reason {
	if s.upAt > 0 && o.At-s.upAt > holdsFor && cost(s.plan, s.held, m) >= s.tooMuch {
		s.wait = max(s.wait/2, leastWait)
	}
	s.trying = false
	s.plan = s.losses.place(p)
	s.upAt, s.upAfter = o.At, o.At+betweenUp
	return Recovered
}
