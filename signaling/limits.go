package signaling

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// class is a class of acts that share a rate limit.
type class int

// The classes.
const (
	classPing   class = iota
	classState        // what one says of oneself: mic, camera, status, stats
	classMove         // joining and leaving rooms and voice
	classChat         // messages, their changes and reactions
	classTyping       // said again every few seconds
	classRead         // read pointers
	classSignal       // SDP, candidates, P2P signals: bursts at each setup
	classOther        // what is unknown or malformed
	classes
)

// allowances are what one user may do a second, and in one burst.
var allowances = [classes]struct {
	perSec float64
	burst  float64
}{
	classPing:   {2, 10},
	classState:  {15, 60},
	classMove:   {2, 20},
	classChat:   {3, 15},
	classTyping: {1, 5},
	classRead:   {2, 20},
	classSignal: {40, 300},
	classOther:  {5, 20},
}

// flooding is how many refusals a second, and in one burst, are borne before
// the socket is closed.
const (
	floodPerSec = 5
	floodBurst  = 100
)

// limits are one user's, shared by his sockets. A nil limits allows everything.
type limits struct {
	by    [classes]*rate.Limiter
	flood *rate.Limiter
}

// newLimits returns nil for a multiplier of 0.
func newLimits(multiplier float64) *limits {
	if multiplier == 0 {
		return nil
	}
	limiter := func(perSec, burst float64) *rate.Limiter {
		return rate.NewLimiter(rate.Limit(perSec*multiplier), int(math.Max(1, math.Ceil(burst*multiplier))))
	}
	l := &limits{flood: limiter(floodPerSec, floodBurst)}
	for c, a := range allowances {
		l.by[c] = limiter(a.perSec, a.burst)
	}
	return l
}

// allow counts one act. When it is too many, ok is false and wait says when
// the next would be allowed; flooding says that being refused has not helped.
func (l *limits) allow(c class) (ok bool, wait time.Duration, flooding bool) {
	if l == nil {
		return true, 0, false
	}
	now := time.Now()
	r := l.by[c].ReserveN(now, 1)
	wait = r.DelayFrom(now)
	if wait == 0 {
		return true, 0, false
	}
	r.CancelAt(now)
	return false, wait, !l.flood.AllowN(now, 1)
}
