package ladder

import (
	"math"
	"time"
)

// The states of voice.quality's downlink.
const (
	good = "good"
	fair = "fair" // steps were taken, and they hold
	poor = "poor" // it is heard
	lost = "lost" // nothing gets through at the moment
)

// deafFor is when a listener counts as lost: the reports of one without
// transport-wide feedback come each 2.5 to 7.5 s (RFC 3550 section 6.3.1), and two of
// them are missing.
const deafFor = 18 * time.Second

// Quality is the state of a listener's downlink as voice.quality tells it:
// "good", "fair", "poor" or "lost".
func Quality(p Plan, o Observation) string {
	o = o.bounded()
	// What is left of the loss when each packet is repeated; rows of losses are
	// longer than what is repeated, so that they count as one and a half.
	left := math.Pow(o.Loss, 1+float64(min(max(p.Redundancy, 0), maxRedundancy))/math.Sqrt(o.Burst))
	if p.NACK {
		left = min(left, o.Loss/3)
	}
	if o.HasConcealed {
		left = o.Concealed
	}
	switch {
	case o.Deaf >= deafFor || o.Loss >= 0.95:
		return lost
	case left > 0.05 || o.Queue > 400*time.Millisecond || o.At < p.PauseUntil || p.Layer == None,
		p.Slots < o.Talkers && p.Slots <= 1, o.Deaf >= deafFor/2:
		return poor
	case left > 0.01 || o.Loss > 0.03 || o.Queue > 150*time.Millisecond || o.RTT > 400*time.Millisecond,
		p.Layer != High, p.FrameMs > 20, p.Slots < o.Talkers, p.Redundancy > 0:
		return fair
	}
	return good
}
