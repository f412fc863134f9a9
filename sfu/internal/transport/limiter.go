package transport

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync/atomic"
)

// Checks for one session from one address (without its port): a browser with
// many candidates sends some 20 a second.
const (
	stunPerSecond = 100
	stunBurst     = 300
	limiterSlots  = 4096
)

// limiter is a token bucket of burst tokens, perSecond of them a second, for each
// session and source address, in a table of
// fixed size: those that share a slot share its tokens, so that memory stays
// bounded whatever addresses a flood invents. Checks of no session cost less
// than the bucket and take no token, so that a flood in the name of an address
// does not keep anybody who is really there from joining.
type limiter struct {
	step, tolerance int64 // microseconds
	seed            maphash.Seed
	slots           [limiterSlots]atomic.Int64 // theoretical arrival time, microseconds
}

func newLimiter(perSecond, burst int) *limiter {
	step := 1_000_000 / int64(perSecond)
	return &limiter{step: step, tolerance: step * int64(burst), seed: maphash.MakeSeed()}
}

// allow takes one token of a and the session at now; it is the generic cell
// rate algorithm (ITU-T I.371 annex A) on one word a slot.
func (l *limiter) allow(a netip.Addr, session uint32, now int64) bool {
	var key [20]byte
	b := a.As16()
	copy(key[:], b[:])
	binary.BigEndian.PutUint32(key[16:], session)
	s := &l.slots[maphash.Bytes(l.seed, key[:])%limiterSlots]
	for {
		old := s.Load()
		at := max(old, now)
		if at-now > l.tolerance {
			return false
		}
		if s.CompareAndSwap(old, at+l.step) {
			return true
		}
	}
}
