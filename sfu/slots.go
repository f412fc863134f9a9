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
	var buf [MaxAudioSlots]Slot
	slots := buf[:len(l.slots)]
	for i, s := range l.slots {
		slots[i] = Slot{Index: i, MID: s.mid}
		if csrc := csrcOf(x.slots[i].who); csrc != p.csrc && !l.ignores(csrc) {
			slots[i].CSRC = csrc
		}
	}
	if !slices.Equal(slots, p.lastSlots) {
		told := slices.Clone(slots)
		p.lastSlots, p.news.slots = told, &told
	}
}

// dropIgnored frees the slots of a listener's own choice from those whom he
// does not want to hear. In the room's slots they stay, for others.
func (r *room) dropIgnored(p *Peer) {
	for _, l := range [2]*link{p.active, p.pending} {
		if l == nil || l.narrow == nil {
			continue
		}
		for _, q := range r.peers {
			if l.ignores(q.csrc) {
				l.narrow.release(&q.speaker)
			}
		}
	}
}

func csrcOf(s *speaker) uint32 {
	if s == nil {
		return 0
	}
	return s.csrc
}
