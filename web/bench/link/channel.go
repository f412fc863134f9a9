package main

import (
	"math/rand/v2"
	"sync"
	"time"
)

// headerBytes are those of IPv4 and UDP, which a link carries too.
const headerBytes = 28

// figures are what a channel counted since it was made, and its queue.
type figures struct {
	Packets int `json:"packets"` // offered
	Bytes   int `json:"bytes"`   // of those that went on, with headers
	Lost    int `json:"lost"`    // by loss or outage
	Full    int `json:"full"`    // dropped because the queue was full
	// QueueMs is how long a packet offered now would wait, QueuePeakMs the
	// longest that one waited since the figures were read before.
	QueueMs     float64 `json:"queueMs"`
	QueuePeakMs float64 `json:"queuePeakMs"`
}

// channel is one direction of one person's link. It decides and counts; the
// relay does what it says.
type channel struct {
	mu      sync.Mutex
	rng     *rand.Rand
	does    impairment
	bad     bool      // in a run of losses
	free    time.Time // when the line has sent what it has
	last    time.Time // when the latest packet leaves
	figures figures
}

func newChannel(seed uint64) *channel {
	return &channel{rng: rand.New(rand.NewPCG(seed, 1))}
}

// set changes what the channel does from now on; what waits in the queue of a
// line whose rate is changed is taken as sent.
func (c *channel) set(i impairment) error {
	if err := i.check(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i.RateKbps != c.does.RateKbps {
		c.free = time.Time{}
	}
	c.does, c.bad = i, false
	return nil
}

// admit says when a packet that comes now, of so many bytes without headers,
// leaves the channel; false: never.
func (c *channel) admit(now time.Time, bytes int) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.figures.Packets++
	if c.loses() {
		c.figures.Lost++
		return time.Time{}, false
	}
	leaves := now
	if c.does.RateKbps > 0 {
		if c.free.Before(now) {
			c.free = now
		}
		queue := ms(c.free.Sub(now))
		bound := c.does.QueueMs
		if bound == 0 {
			bound = defaultQueueMs
		}
		if queue > bound {
			c.figures.Full++
			return time.Time{}, false
		}
		c.figures.QueuePeakMs = max(c.figures.QueuePeakMs, queue)
		c.free = c.free.Add(duration(float64(bytes+headerBytes) * 8 / c.does.RateKbps))
		leaves = c.free
	}
	c.figures.Bytes += bytes + headerBytes
	leaves = leaves.Add(duration(c.does.DelayMs + c.does.JitterMs*c.rng.Float64()))
	if !c.does.Reorder && leaves.Before(c.last) {
		leaves = c.last
	}
	c.last = leaves
	return leaves, true
}

func (c *channel) loses() bool {
	loss, burst := c.does.Loss, c.does.Burst
	switch {
	case c.does.Outage:
		return true
	case burst <= 1:
		return c.rng.Float64() < loss
	case c.bad:
		c.bad = c.rng.Float64() >= 1/burst
	default: // as many runs begin as end, and the share of their packets is loss
		c.bad = c.rng.Float64() < loss/(1-loss)/burst
	}
	return c.bad
}

// read returns the figures and begins a new peak.
func (c *channel) read(now time.Time) figures {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.figures
	f.QueueMs = max(0, ms(c.free.Sub(now)))
	c.figures.QueuePeakMs = 0
	return f
}

func ms(d time.Duration) float64        { return float64(d) / float64(time.Millisecond) }
func duration(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
