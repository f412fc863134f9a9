package ladder

// The rungs, best first, for a listener who hears n talkers: high; low; low in
// longer packets (20, 40, 60 ms, when he takes joined frames); the thin low layer
// in packets that are longer still (80, 120 ms); one talker less, again in packets
// of each length; and so on to the loudest alone. Where the talkers have no low
// layer the same is done with the high one, but for the longest packets, which
// make it no smaller. No rung costs 1.5 times another that is near it, but low and
// high, between which there is redundancy to try the path with.

// lengths are those of packets, in ms, shortest first. From thinFrom on what the
// headers take is so little that 16 kbit/s of voice are most of it: the low layer
// is then asked for in 12. Opus has none longer (RFC 6716 section 3.2.5).
var lengths = [...]int{20, 40, 60, 80, 120}

const (
	thinFrom = 80 // ms
	forHigh  = 3  // so many of the lengths are for the high layer too
)

// longest is the longest packet that has the layers as they are.
var longest = lengths[forHigh-1]

// perTalker is what a talker costs on the wire in bit/s, headers included.
func perTalker(l Layer, frameMs int) int {
	switch {
	case l == High && frameMs >= 60:
		return 57_000
	case l == High && frameMs >= 40:
		return 61_000
	case l == High:
		return 73_000
	case frameMs >= 120:
		return 16_000
	case frameMs >= thinFrom:
		return 20_000
	case frameMs >= 60:
		return 27_000
	case frameMs >= 40:
		return 32_000
	}
	return 45_000
}

// perRepeat is what one earlier frame in each packet adds to a talker.
func perRepeat(l Layer, frameMs int, m Means) int {
	switch {
	case l == Low && frameMs >= thinFrom:
		return 13_000
	case l == Low || m.Low:
		return 18_000
	}
	return 45_000
}

// mostBack is how far back a packet may repeat, in ms (RFC 2198 section 3: 14
// bits of samples).
const mostBack = (1<<14 - 1) / 48

// repeats is how many earlier packets one of such length can repeat.
func repeats(frameMs int) int { return min(maxRedundancy, mostBack/frameMs) }

// cost is the whole of a plan in bit/s while so many talk.
func cost(p Plan, talkers int, m Means) int {
	return min(talkers, p.Slots) * (perTalker(p.Layer, p.FrameMs) + p.Redundancy*perRepeat(p.Layer, p.FrameMs, m))
}

// heard is how many a listener with these means hears of so many talkers, at
// least one: who hears nobody yet is about to.
func heard(talkers int, m Means) int { return max(min(talkers, m.Slots), 1) }

// frames is how many packet lengths there are.
func frames(m Means) int {
	switch {
	case m.Join && m.Low:
		return len(lengths)
	case m.Join:
		return forHigh
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

// rung makes p the i-th rung; its redundancy stays, as far as packets of that
// length can have it.
func rung(p Plan, i, talkers int, m Means) Plan {
	p.Layer = High
	if m.Low && i > 0 {
		p.Layer = Low
		i--
	}
	n, f := heard(talkers, m), frames(m)
	p.FrameMs = lengths[i%f]
	p.Redundancy = min(p.Redundancy, repeats(p.FrameMs))
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
	if m.Low && p.Layer == High && p.Slots >= n && p.FrameMs <= lengths[0] {
		return 0
	}
	length := 0
	for length < f-1 && lengths[length] < p.FrameMs {
		length++
	}
	i := (n-min(max(p.Slots, 1), n))*f + length
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
			for q.Redundancy = min(redundancy, repeats(q.FrameMs)); q.Redundancy >= least; q.Redundancy-- {
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
