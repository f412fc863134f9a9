package sfu

import "github.com/boltorezka/boltorezka/sfu/internal/ladder"

// lowUse is what use there is for low layers: that they are wanted, for
// redundancy perhaps, and that somebody hears them.
type lowUse struct{ wanted, heard bool }

// countLow counts what use a listener has for others' low layers.
func (r *room) countLow(l *link) {
	p := l.judge.plan
	l.low.heard = p.Layer == ladder.Low
	l.low.wanted = l.low.heard || p.Redundancy > 0
	if l.low.wanted {
		r.lowWanted++
	}
	if l.low.heard {
		r.lowHeard++
	}
}

// lowUse is what use anybody but l has for his low layer, as it was when all
// were counted: his own plan may have changed since.
func (r *room) lowUse(l *link) lowUse {
	wanted, heard := r.lowWanted, r.lowHeard
	if l.listening == r.rebuilt { // he was counted
		if l.low.wanted {
			wanted--
		}
		if l.low.heard {
			heard--
		}
	}
	return lowUse{wanted: wanted > 0, heard: heard > 0}
}

// lowIsWanted says whether the participant is to send his low layer now.
func (l *link) lowIsWanted(now int64) bool {
	p := l.peer
	if p.layers == nil {
		return false
	}
	use := p.room.lowUse(l)
	if !use.wanted {
		p.layers.phase = phase{}
		return false
	}
	return !p.lowRests(now, use.heard)
}
