package client

import (
	"math/rand/v2"
	"time"
)

// Backoff says how long to wait between attempts to reconnect.
type Backoff struct {
	// Min and Max bound the wait; it doubles from one to the other.
	Min, Max time.Duration
	// Rand returns numbers in [0, 1) to spread the clients of a server that
	// has come back; nil takes math/rand.
	Rand func() float64
}

// DefaultBackoff starts at a quarter of a second, for a lost network is often
// back at once, and ends at 15 s.
var DefaultBackoff = Backoff{Min: 250 * time.Millisecond, Max: 15 * time.Second}

// Wait returns the pause before attempt n (0 is the first): between half and
// all of Min doubled n times.
func (b Backoff) Wait(n int) time.Duration {
	d := b.Max
	if n < 32 && b.Min<<n > 0 && b.Min<<n < b.Max {
		d = b.Min << n
	}
	r := b.Rand
	if r == nil {
		r = rand.Float64
	}
	return d/2 + time.Duration(r()*float64(d/2))
}
