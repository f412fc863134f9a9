package sfu

import "github.com/boltorezka/boltorezka/sfu/internal/ladder"

// lowUse is what use there is for low layers: that they are wanted, for
// redundancy perhaps, that somebody hears them, and that somebody is sent
// packets so long that they have to be thin.
type lowUse struct{ wanted, heard, thin bool }

// countLow counts what use a listener has for others' low layers.
func (r *room) countLow(l *link) {
	p := l.judge.plan
	l.low.heard = p.Layer == ladder.Low
	l.low.wanted = l.low.heard || p.Redundancy > 0
	l.low.thin = p.Thin()
	if l.low.wanted {
		r.lowWanted++
	}
	if l.low.heard {
		r.lowHeard++
	}
	if l.low.thin {
		r.thinWanted++
	}
}

// lowUse is what use anybody but l has for his low layer, as it was when all
// were counted: his own plan may have changed since.
func (r *room) lowUse(l *link) lowUse {
	wanted, heard, thin := r.lowWanted, r.lowHeard, r.thinWanted
	if l.listening == r.rebuilt { // he was counted
		if l.low.wanted {
			wanted--
		}
		if l.low.heard {
			heard--
		}
		if l.low.thin {
			thin--
		}
	}
	return lowUse{wanted: wanted > 0, heard: heard > 0, thin: thin > 0}
}

// lowIsWanted says whether the participant is to send his low layer now, and
// whether a thin one.
func (l *link) lowIsWanted(now int64) (wanted, thin bool) {
	p := l.peer
	if p.layers == nil {
		return false, false
	}
	use := p.room.lowUse(l)
	if !use.wanted {
		p.layers.phase = phase{}
		return false, use.thin
	}
	return !p.lowRests(now, use.heard), use.thin
}
