package transport

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"
)

// STUN of one address (without its port) before anything is known of it: a
// whole office joins from one address at once, a flood is more than this.
const (
	stunPerSecond = 1000
	stunBurst     = 3000
	limiterSlots  = 4096
)

// limiter is a token bucket for each source address, in a table of fixed size:
// addresses that share a slot share its tokens, so that memory stays bounded
// whatever addresses a flood invents.
type limiter struct {
	seed  maphash.Seed
	slots [limiterSlots]atomic.Int64 // theoretical arrival time, microseconds
}

func newLimiter() *limiter { return &limiter{seed: maphash.MakeSeed()} }

// allow takes one token of a at now; it is the generic cell rate algorithm
// (ITU-T I.371 annex A) on one word a slot.
func (l *limiter) allow(a netip.Addr, now int64) bool {
	const step = 1_000_000 / stunPerSecond
	const tolerance = step * stunBurst
	b := a.As16()
	s := &l.slots[maphash.Bytes(l.seed, b[:])%limiterSlots]
	for {
		old := s.Load()
		at := max(old, now)
		if at-now > tolerance {
			return false
		}
		if s.CompareAndSwap(old, at+step) {
			return true
		}
	}
}
