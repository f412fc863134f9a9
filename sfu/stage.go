package sfu

// SetPriority puts the participant on the stage or takes him off it: who is on
// it gets a slot before all others. See selector.
func (p *Peer) SetPriority(on bool) {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	p.speaker.priority = on
}

// outranked is the slot of the quietest who is not on the stage.
func (x *selector) outranked() int {
	best := -1
	for i := range x.slots {
		h := x.slots[i].who
		if !h.priority && (best < 0 || h.loud > x.slots[best].who.loud) {
			best = i
		}
	}
	return best
}
