package ladder

import "time"

// losses is what is remembered of packets that do not arrive.
type losses struct {
	need    int           // earlier frames that the loss asks for, with hysteresis
	rows    float64       // the burst, smoothed; 0 none yet
	clean   time.Duration // since when less would do
	wait    time.Duration // until less is taken
	lowered time.Duration // when it last was
	raised  time.Duration // when the plan's redundancy last was
	before  float64       // the loss then, 1 where it was not known yet
	began   time.Duration // since when there is any, 0 none
	ignore  time.Duration // until then
	told    bool          // that the listener cannot take any
	asked   time.Duration // when the client last asked for more, by what it conceals
	worse   time.Duration // when loss was last found to be congestion
}

const (
	// The loss from which one, two and three earlier frames are repeated: one
	// leaves 0.8% concealed of 10% lost, two 0.7% of 20%.
	lossOne, lossTwo, lossThree = 0.015, 0.07, 0.22
	// Rows of losses need more, and from longRows on also a distance; a hole
	// is more than any redundancy repairs.
	rowsTwo, rowsThree, longRows, hole = 1.6, 2.2, 3.5, 10
	heavyLoss                          = 0.45
	cleanFor                           = 15 * time.Second
	mostClean                          = 2 * time.Minute
	raisedFor                          = 2 * time.Second // until a raise shows
	windowFor                          = 3 * time.Second // what a loss is told of, and a little
	knownIn                            = 5 * time.Second // until a loss is told of in full
	worseFor                           = 30 * time.Second
	statsEvery                         = 5 * time.Second // between a client's reports
)

// wanted is how many earlier frames repair such a loss.
func wanted(loss, rows float64) int {
	n := 0
	switch {
	case loss >= lossThree:
		n = 3
	case loss >= lossTwo:
		n = 2
	case loss >= lossOne:
		n = 1
	}
	if loss >= lossOne && rows >= rowsTwo {
		n = max(n, 2)
	}
	if loss >= 2*lossOne && rows >= rowsThree {
		n = 3
	}
	return n
}

// note raises the need at once and lowers it by one after a clean while, the
// longer the sooner it was wrong to.
func (l *losses) note(o Observation, redundancy int) {
	if o.At < l.ignore {
		return
	}
	switch {
	case o.Loss < lossOne/2:
		l.began = 0
	case l.began == 0:
		l.began = max(o.At, 1)
	}
	switch {
	case o.Loss < lossOne/2:
	case l.rows == 0:
		l.rows = o.Burst
	default:
		l.rows += (o.Burst - l.rows) / 8
	}
	n := wanted(o.Loss, l.rows)
	if o.Burst >= hole {
		n = min(n, 1)
	}
	if o.HasConcealed && o.Concealed > 0.03 && o.Loss >= lossOne/2 && redundancy >= l.need && o.At-l.asked >= 2*statsEvery {
		n, l.asked = max(n, min(l.need+1, maxRedundancy)), o.At // it does not do
	}
	switch {
	case n > l.need:
		if l.lowered > 0 {
			if o.At-l.lowered < 2*l.wait {
				l.wait = min(2*l.wait, mostClean)
			} else {
				l.wait = cleanFor
			}
			l.lowered = 0
		}
		l.need, l.clean = n, o.At
	case l.need == 0 || wanted(2*o.Loss, l.rows) >= l.need:
		l.clean = o.At // as much is needed still
	case o.At-l.clean >= l.wait:
		l.need--
		l.clean, l.lowered = o.At, o.At
	}
	if l.need == 0 {
		l.rows, l.told = 0, false
	}
}

// needed is the redundancy to plan with.
func (l *losses) needed(m Means) int {
	if !m.RED {
		return 0
	}
	return l.need
}

// place sets the distance: further when rows of losses are longer than what is
// repeated.
func (l *losses) place(p Plan) Plan {
	p.Distance = 1
	if p.Redundancy > 0 && (l.rows >= longRows || p.Redundancy == 1 && l.rows >= rowsTwo) && (1+p.Redundancy)*p.FrameMs <= mostBack {
		p.Distance = 2
	}
	return p
}

// why is the reason of more redundancy.
func (l *losses) why() Reason {
	if l.rows >= rowsTwo {
		return Burst
	}
	return Loss
}

// lossy brings the redundancy to what is needed.
func (s *State) lossy(o Observation, m Means) Reason {
	l := &s.losses
	if o.At < l.ignore {
		return NoStep
	}
	if l.need > 0 && !m.RED {
		if l.told {
			return s.heavy(o, m)
		}
		l.told = true
		if m.FEC {
			return FEC
		}
		return Bare
	}
	if why := s.congestive(o, m); why != NoStep {
		return why
	}
	has := s.plan.Redundancy
	if s.trying {
		has--
	}
	switch need := l.needed(m); {
	case need < has:
		s.plan.Redundancy--
		s.plan = l.place(s.plan)
		return Clean
	case need > has:
		if why := s.raise(o, m, has, need); why != NoStep {
			return why
		}
	}
	return s.heavy(o, m)
}

// raise adds redundancy when the path has room for it.
func (s *State) raise(o Observation, m Means, has, need int) Reason {
	l := &s.losses
	if o.Overuse || o.Queue >= upQueue || o.Deaf >= deafFor || l.worse > 0 && o.At-l.worse < worseFor {
		return NoStep
	}
	p := s.plan
	p.Redundancy = min(need, repeats(p.FrameMs))
	if p.Redundancy <= has {
		return NoStep
	}
	// What arrives and what is lost on the way is what the path lets through;
	// the estimate is bounded by the former.
	room := int(float64(o.EstimateBps) / max(1-o.Loss, 0.3))
	switch {
	case s.full && o.EstimateBps > 0:
		if o.At < s.settled {
			return NoStep
		}
		if p = s.refit(room, m); p.Redundancy <= has || index(p, s.held, m) < index(s.plan, s.held, m) {
			return NoStep
		}
	case !m.Low && s.plan.Layer == High:
		// Whole frames again: one at a time, as the estimate follows. It is never
		// above 1.5 times what is sent, which is less than perTalker where an encoder
		// is set lower.
		if l.raised > 0 && o.At-l.raised < raisedFor {
			return NoStep
		}
		p.Redundancy = has + 1
		if o.EstimateBps > 0 && cost(p, min(s.held, max(o.Talkers, 1)), m) > room+room/2 {
			return NoStep
		}
	}
	s.trying = false
	s.plan = l.place(p)
	if l.raised, l.before = o.At, o.Loss; o.At-l.began < knownIn {
		l.before = 1 // it rises whatever is sent
	}
	return l.why()
}

// congestive is loss that grew with what is sent: a path that drops what it
// does not carry, without a queue.
func (s *State) congestive(o Observation, m Means) Reason {
	l := &s.losses
	since := o.At - l.raised
	if l.raised == 0 || since < raisedFor || since > 3*raisedFor || o.Loss < 0.2 || o.Loss < l.before+0.08 {
		return NoStep
	}
	l.raised, l.worse = 0, o.At
	return s.thin(o, m)
}

// heavy tries whether less is lost of less, once in a while.
func (s *State) heavy(o Observation, m Means) Reason {
	l := &s.losses
	if o.Loss < heavyLoss || o.SentBps == 0 || o.At < s.settled || l.worse > 0 && o.At-l.worse < worseFor ||
		l.raised > 0 && o.At-l.raised < raisedFor {
		return NoStep
	}
	l.worse = o.At
	return s.thin(o, m)
}

// thin goes to what came through.
func (s *State) thin(o Observation, m Means) Reason {
	through := int(float64(min(o.SentBps, cost(s.plan, s.held, m))) * (1 - o.Loss))
	p := s.refit(max(through, perTalker(Low, 60)), m)
	if p.same(s.plan) || cost(p, s.held, m) >= cost(s.plan, s.held, m) {
		return NoStep
	}
	s.failed(o, m)
	s.full, s.clear = true, o.At
	s.plan = p
	s.stepped(o, 0)
	return Loss
}
