package ladder

import "time"

// caution is what is remembered of a path that nothing is known of. Two who talk
// are 2.7 seconds of queue each second on one of 40 kbit/s, and feedback on it
// takes a tenth of one at the least. So who comes into a talk of several is sent
// the loudest alone until the path has carried that, some 300 ms.
type caution struct {
	tried bool // something is known of the path, or nothing will be
	on    bool // fewer are sent for it
}

// triedFor is how long somebody is sent at most before the others are: it may be
// that feedback was agreed on and does not come.
const triedFor = time.Second

// cautious sends the loudest alone over a path that nothing is known of, and the
// others as soon as something is.
func (s *State) cautious(o Observation, m Means) Reason {
	c := &s.caution
	switch {
	case c.tried:
	case s.full || !m.Told || o.EstimateBps > 0 && !o.Overuse && o.Queue < upQueue || o.At-s.active >= triedFor:
		c.tried = true
		if c.on {
			c.on = false
			if !s.full {
				s.plan.Slots = m.Slots
				return Recovered
			}
		}
	case !c.on && o.Talkers > 1 && m.Slots > 1:
		c.on = true
		s.plan.Slots = 1
		return Talkers
	}
	return NoStep
}
