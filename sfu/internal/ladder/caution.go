package ladder

import "time"

// caution is what is remembered of one who came into a talk of several. Of his
// path nothing is known: on one of 40 kbit/s two who talk are 2.7 seconds of queue
// each second, and feedback on it takes a tenth of one at the least. So he is sent
// the loudest alone until the path has carried that, some 300 ms. Nobody's first
// word is lost by it: whoever begins to talk later is sent at once.
type caution struct {
	over bool // it is, or there was no need of it
	on   bool
}

// cautionFor is how long it lasts at most: it may be that feedback was agreed on
// and does not come.
const cautionFor = time.Second

// cautious begins with the loudest alone, and sends the others as soon as
// something is known.
func (s *State) cautious(o Observation, m Means) Reason {
	c := &s.caution
	switch {
	case c.over:
	case !c.on:
		c.on = m.Told && o.EstimateBps == 0 && o.Talkers > 1 && m.Slots > 1 && !s.full
		c.over = !c.on
		if c.on {
			s.plan.Slots = 1
			return Talkers
		}
	case s.full:
		c.on, c.over = false, true // what fits is sent
	case o.EstimateBps > 0 && !o.Overuse && o.Queue < upQueue, o.Talkers < 2, o.At-s.active >= cautionFor:
		c.on, c.over = false, true
		s.plan.Slots = m.Slots
		return Recovered
	}
	return NoStep
}
