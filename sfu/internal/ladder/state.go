package ladder

import "time"

// State is what must be remembered of a listener between two observations. The
// zero State is one nothing is known of.
type State struct {
	begun bool
	means Means
	plan  Plan
	at    time.Duration
	// held is how many talked at once of late: a plan that fits only until the
	// other answers would be changed with every turn of a talk.
	held   int
	heldAt time.Duration
	more   bool          // it has just risen
	active time.Duration // since when anything is sent

	// Congestion. full is that the path was found full and what it carries
	// counts; before that nobody asks.
	full    bool
	downAt  time.Duration
	settled time.Duration // until then the path is still telling of before the last step
	paused  time.Duration // when a pause last began
	clear   time.Duration // since when there was no congestion
	before  before
	bps     int // the estimate while there was none

	// The way up.
	upAt    time.Duration
	upAfter time.Duration
	wait    time.Duration // after a step down
	tooMuch int           // bit/s of the plan that the last one was from
	trying  bool          // one of the redundancy is a probe
	found   int           // bit/s that the path carried when it was found full
	tryEnds time.Duration

	deafened deafness
	losses   losses
	caution  caution
}

// before is what was before the last step down, and what the path was thought to
// carry.
type before struct {
	plan Plan
	bps  int
	full bool
}

// deafness is what was sent before nothing came back.
type deafness struct {
	on     bool
	heard  bool // something came back
	since  time.Duration
	before Plan
}

const (
	heldFor    = 12 * time.Second
	deafAfter  = 1500 * time.Millisecond // with transport-wide feedback, which comes each 250 ms
	heardAgain = 500 * time.Millisecond
	listenFor  = 250 * time.Millisecond // the first that is heard tells of the time before
	clearFor   = 20 * time.Second       // at the top: the path is no longer full
)

// Next is the plan after an observation, and why it changed; the reason is
// NoStep while the plan is as before, but for FEC and Bare. It should be asked
// with each feedback and each report, and some times a second while anything
// is sent.
func Next(s State, o Observation, m Means) (State, Plan, Reason) {
	o, m = o.bounded(), m.bounded()
	o.At = max(o.At, s.at)
	s.at = o.At
	why, was := NoStep, s.plan
	if !s.begun {
		s = State{begun: true, means: m, at: o.At, plan: Plan{Distance: 1, FrameMs: 20, Slots: m.Slots},
			wait: leastWait, clear: o.At, heldAt: o.At, active: o.At}
		s.plan.NACK = m.NACK && o.RTT > 0 && o.RTT <= nackWithin
		s.losses.clean, s.losses.wait = o.At, cleanFor
	}
	if m != s.means {
		why = s.change(m)
	}
	s.hold(o)
	step := s.step(o, m)
	if step != NoStep && (why == NoStep || step != FEC && step != Bare) {
		why = step
	}
	if s.nack(o, m) && why == NoStep {
		why = RoundTrip
	}
	if s.plan == was && why != FEC && why != Bare {
		why = NoStep // two changes that made none
	}
	if !o.Overuse {
		s.bps = o.EstimateBps
	}
	return s, s.plan, why
}

// Wary says whether one more who talks is worth an observation at once: the path
// was found full.
func (s *State) Wary() bool { return s.full }

// step takes at most one step.
func (s *State) step(o Observation, m Means) Reason {
	if why := s.deaf(o, m); why != NoStep || s.deafened.on {
		return why
	}
	if s.takenBack(o) {
		return Recovered
	}
	if o.At < s.plan.PauseUntil {
		return NoStep
	}
	s.losses.note(o, s.plan.Redundancy)
	if why := s.down(o, m); why != NoStep {
		return why
	}
	if why := s.cautious(o, m); why != NoStep {
		return why
	}
	if why := s.lossy(o, m); why != NoStep {
		return why
	}
	return s.up(o, m)
}

// change fits the plan to other means.
func (s *State) change(m Means) Reason {
	p, all := s.plan, s.plan.Slots >= s.means.Slots
	s.means = m
	s.before = before{}
	if !m.RED {
		p.Redundancy, s.trying = 0, false
	}
	if !m.Join {
		p.FrameMs = 20
	}
	if !m.Low {
		p.Layer, p.FrameMs = High, min(p.FrameMs, longest)
	}
	if all || p.Slots > m.Slots || p.Slots == 0 {
		p.Slots = m.Slots
	}
	if s.deafened.on {
		s.deafened.on = false
		s.full = true
	}
	if p == s.plan {
		return NoStep
	}
	s.plan = p
	return Negotiated
}

// hold keeps the number of talkers for a while after it fell.
func (s *State) hold(o Observation) {
	n := max(o.Talkers, 1)
	s.more = n > s.held && s.held > 0
	if n >= s.held || o.At-s.heldAt > heldFor {
		s.held, s.heldAt = n, o.At
	}
	if o.SentBps == 0 || o.Talkers == 0 {
		s.active = o.At
	}
}

// deaf sends the least to a listener nothing comes back from: it may be waiting
// in a queue, and there must be something that he can answer. What was sent
// before comes back with him when no queue has grown.
func (s *State) deaf(o Observation, m Means) Reason {
	switch {
	case !s.deafened.on && o.EstimateBps > 0 && min(o.Deaf, o.At-s.active) >= deafAfter:
		p := rung(s.plan, rungs(s.held, m)-1, s.held, m)
		p.Redundancy = 0
		p.FrameMs = min(p.FrameMs, longest) // who may be gone makes nobody's voice thinner
		if p.same(s.plan) || cost(p, s.held, m) > cost(s.plan, s.held, m) {
			return NoStep
		}
		s.deafened = deafness{on: true, before: s.plan}
		s.deafened.before.PauseUntil = 0
		s.trying = false
		s.plan = p
		return Deaf
	case s.deafened.on && o.Deaf >= heardAgain:
		s.deafened.heard = false
	case s.deafened.on && !s.deafened.heard:
		s.deafened.heard, s.deafened.since = true, o.At
	case s.deafened.on && o.At-s.deafened.since >= listenFor:
		s.deafened.on = false
		s.clear, s.upAfter = o.At, o.At+s.wait
		s.losses.ignore = o.At + windowFor // what was lost meanwhile, nothing repairs
		if o.Overuse || o.Queue >= pauseQueue {
			s.full = true
			return NoStep
		}
		s.plan, s.deafened.before = s.deafened.before, Plan{}
		return Heard
	}
	return NoStep
}

const (
	nackWithin = 120 * time.Millisecond
	nackAgain  = 100 * time.Millisecond
)

// nack turns NACK on and off, and says whether it did. On a full path what is
// sent again only makes the queue longer.
func (s *State) nack(o Observation, m Means) bool {
	on := m.NACK && !s.full && o.RTT > 0 && (o.RTT <= nackAgain || s.plan.NACK && o.RTT <= nackWithin)
	changed := on != s.plan.NACK
	s.plan.NACK = on
	return changed
}
