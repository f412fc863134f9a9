package transport

import (
	"sync"
	"sync/atomic"
	"time"
)

// stallUs is how long the transport's clock may stand unread (the timer reads
// it every TickEvery) before the time between counts as not lived through: the
// machine was suspended, the process stopped. Nobody could be heard or asked
// meanwhile, so nobody's silence is held against him.
const stallUs = 2_000_000

// clock counts the microseconds in which the process ran. It never goes back,
// setting the time of day does not move it, and a stall does not either.
type clock struct {
	since func() time.Duration // monotonic

	last    atomic.Int64 // a reading of since, not much older than the latest
	skipped atomic.Int64 // written before last: now depends on it
	stalls  atomic.Uint32
	mu      sync.Mutex // held to skip
}

func (c *clock) now() int64 {
	for {
		skipped := c.skipped.Load()
		raw := c.since().Microseconds()
		last := c.last.Load()
		switch {
		case raw-last > stallUs:
			c.skip()
			continue
		case c.skipped.Load() != skipped:
			continue // raw is from after a stall that another has just skipped
		case raw-last > 1000:
			c.last.CompareAndSwap(last, raw)
		}
		return raw - skipped
	}
}

// skip leaves a stall out, except for 2 ms: last may be 1 ms older than the
// latest reading, and the clock must not go back.
func (c *clock) skip() {
	c.mu.Lock()
	defer c.mu.Unlock()
	raw := c.since().Microseconds()
	if gap := raw - c.last.Load(); gap > stallUs {
		c.skipped.Add(gap - 2000)
		c.stalls.Add(1)
		c.last.Store(raw)
	}
}
