package estimate

// loss bounds the estimate by what does not arrive (section 6).
type loss struct {
	sent, lost uint32 // since at
	at         int64
	bound      float64 // bit/s, 0 none
}

const (
	lossEveryUs = 1_000_000
	lossPackets = 20
	highLoss    = 0.1
	lowLoss     = 0.02
)

func (l *loss) count(lost bool) {
	l.sent++
	if lost {
		l.lost++
	}
}

// update judges once a second, when enough was sent to judge by.
func (l *loss) update(now int64, received float64, known bool, target float64) {
	if age := now - l.at; age >= 0 && age < lossEveryUs || l.sent < lossPackets || target == 0 {
		return
	}
	p := float64(l.lost) / float64(l.sent)
	l.sent, l.lost, l.at = 0, 0, now
	if l.bound == 0 {
		l.bound = target
	}
	switch {
	case p > highLoss:
		l.bound = max(min(l.bound, target)*(1-p/2), minBitrate)
		if known {
			l.bound = max(l.bound, received) // what came through is carried
		}
	case p < lowLoss:
		l.bound *= 1.05
	}
	if l.bound >= target {
		l.bound = 0
	}
}
