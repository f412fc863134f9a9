package sfu

import "github.com/boltorezka/boltorezka/sfu/internal/ladder"

// The rungs that listeners are counted on.
const (
	rungRedundancy = iota
	rungLow
	rungLong
	rungThin
	rungFew
	rungPaused
	rungs
)

var rungNames = [rungs]string{"redundancy", "low", "long", "thin", "few", "paused"}

// rank is how many in slots are heard before s by this listener: neither he
// himself nor those whom he does not want to hear.
func (l *link) rank(s *speaker) int {
	n := s.rank
	if n == 0 {
		return 0
	}
	for _, x := range l.peer.room.selector.slots {
		if o := x.who; o != nil && o.rank < s.rank && (o == &l.peer.speaker || l.ignores(o.csrc)) {
			n--
		}
	}
	return n
}

// rung counts a listener on each rung that he is on.
func (g *gauges) rung(l *link) {
	if l.shape == nil {
		return
	}
	p, at := l.shape.plan, l.judge.seen.At
	for i, on := range [rungs]bool{
		p.Redundancy > 0, p.Layer == ladder.Low, p.FrameMs > 20, p.Thin(), p.Slots < len(l.slots), p.At(at) == ladder.None,
	} {
		if on {
			g.rungs[i]++
		}
	}
}

func (g *gauges) named() map[string]int {
	out := make(map[string]int, rungs)
	for i, n := range g.rungs {
		out[rungNames[i]] = n
	}
	return out
}

// byReason names what was counted by the place of a reason.
func byReason(n *[len(ladder.Reasons)]count) map[string]uint64 {
	out := make(map[string]uint64, len(n))
	for i, v := range n {
		out[string(ladder.Reasons[i])] = uint64(v)
	}
	return out
}
