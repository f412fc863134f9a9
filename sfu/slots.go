package sfu

import "slices"

// slotNews notes who is in a listener's slots, when that has changed and the
// last word was long enough ago.
func (r *room) slotNews(now int64, p *Peer, l *link) {
	x := &r.selector
	if l.narrow != nil {
		x = l.narrow
	}
	if p.toldSlots == x.version+1 || now-p.toldSlotsAt < slotsEveryUs {
		return
	}
	p.toldSlots, p.toldSlotsAt = x.version+1, now
	slots := make([]Slot, len(l.slots))
	for i, s := range l.slots {
		slots[i] = Slot{Index: i, MID: s.mid}
		if csrc := r.csrcOf(x.slots[i].who); csrc != p.csrc && !l.ignores(csrc) {
			slots[i].CSRC = csrc
		}
	}
	if !slices.Equal(slots, p.lastSlots) {
		p.lastSlots, p.news.slots = slots, &slots
	}
}

func (r *room) csrcOf(s *speaker) uint32 {
	if s != nil {
		for _, p := range r.peers {
			if &p.speaker == s {
				return p.csrc
			}
		}
	}
	return 0
}
