package ladder

// The rungs, best first, for a listener who hears n talkers: high; low; low in
// longer packets (20, 40, 60 ms, when he takes joined frames); one talker less,
// again in packets of each length; and so on to the loudest alone. Where the
// talkers have no low layer the same is done with the high one. No rung costs
// 1.5 times another that is near it, but low and high, between which there is
// redundancy to try the path with.

// perTalker is what a talker costs on the wire in bit/s, headers included.
func perTalker(l Layer, frameMs int) int {
	switch {
	case l == High && frameMs >= 60:
		return 57_000
	case l == High && frameMs >= 40:
		return 61_000
	case l == High:
		return 73_000
	case frameMs >= 60:
		return 27_000
	case frameMs >= 40:
		return 32_000
	}
	return 45_000
}

// perRepeat is what one earlier frame in each packet adds to a talker.
func perRepeat(l Layer, m Means) int {
	if l == Low || m.Low {
		return 18_000
	}
	return 45_000
}

// cost is the whole of a plan in bit/s while so many talk.
func cost(p Plan, talkers int, m Means) int {
	return min(talkers, p.Slots) * (perTalker(p.Layer, p.FrameMs) + p.Redundancy*perRepeat(p.Layer, m))
}

// heard is how many a listener with these means hears of so many talkers, at
// least one: who hears nobody yet is about to.
func heard(talkers int, m Means) int { return max(min(talkers, m.Slots), 1) }

// frames is how many packet lengths there are.
func frames(m Means) int {
	if m.Join {
		return 3
	}
	return 1
}

// rungs is how many there are.
func rungs(talkers int, m Means) int {
	n := frames(m) * heard(talkers, m)
	if m.Low {
		n++
	}
	return n
}

// rung makes p the i-th rung; its redundancy stays.
func rung(p Plan, i, talkers int, m Means) Plan {
	p.Layer = High
	if m.Low && i > 0 {
		p.Layer = Low
		i--
	}
	n, f := heard(talkers, m), frames(m)
	p.FrameMs = 20 * (1 + i%f)
	p.Slots = max(n-i/f, 1)
	if p.Slots == n {
		p.Slots = m.Slots // nobody is left out
	}
	p.Slots = min(p.Slots, m.Slots)
	return p
}

// index is the rung of p.
func index(p Plan, talkers int, m Means) int {
	n, f := heard(talkers, m), frames(m)
	if m.Low && p.Layer == High && p.Slots >= n {
		return 0
	}
	i := (n-min(max(p.Slots, 1), n))*f + min(max(p.FrameMs/20, 1), f) - 1
	if m.Low {
		i++
	}
	return i
}

// fit is the best plan that costs at most bps, and the last rung when none
// does. Of the redundancy that is wanted it keeps as much as fits on the best
// rung that has room for any, since what is lost is worse than what is thin.
func fit(p Plan, bps, redundancy, talkers int, m Means) Plan {
	n := rungs(talkers, m)
	for least := min(redundancy, 1); least >= 0; least-- {
		for i := range n {
			q := rung(p, i, talkers, m)
			for q.Redundancy = redundancy; q.Redundancy >= least; q.Redundancy-- {
				if cost(q, talkers, m) <= bps {
					return q
				}
			}
		}
	}
	p = rung(p, n-1, talkers, m)
	p.Redundancy = 0
	return p
}
