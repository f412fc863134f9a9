package loadtest

import "sync"

// view is what one client has seen of its room.
type view struct {
	mu   sync.Mutex
	seen []uint64 // a bit a message
	last int64    // the highest roomSeq on this socket, 0 before the first
	// After a loss: the roomSeq that catching up begins after, and up to which
	// history has told.
	floor, filled int64
	behind        bool
	catching      int
}

// mark notes a message; it is false when the client had it already. mu is held.
func (v *view) mark(number int) bool {
	for number/64 >= len(v.seen) {
		v.seen = append(v.seen, 0)
	}
	bit := uint64(1) << (number % 64)
	first := v.seen[number/64]&bit == 0
	v.seen[number/64] |= bit
	return first
}

// take notes a message that came as an event. It is repeated when it had come
// so before, not when only history had it.
func (v *view) take(number int, roomSeq int64) (first, repeated, disordered bool, gap int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	first = v.mark(number)
	repeated = !first && roomSeq > v.filled
	disordered = roomSeq <= v.last
	if v.last > 0 && roomSeq > v.last+1 {
		gap = roomSeq - v.last - 1
	}
	v.last = max(v.last, roomSeq)
	return first, repeated, disordered, gap
}

// fill notes a message that history told of.
func (v *view) fill(number int, roomSeq int64) (first bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.filled = max(v.filled, roomSeq)
	return v.mark(number)
}

// lost begins a time in which messages may be missed.
func (v *view) lost() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.behind {
		v.behind, v.floor = true, v.last
	}
	v.last = 0
}

// back ends it when the session was resumed; otherwise it returns where
// catching up has to begin.
func (v *view) back(resumed bool) (after int64, catchUp bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if resumed {
		v.behind = v.catching > 0
		return 0, false
	}
	v.catching++
	return v.floor, true
}

// caughtUp ends one catching up.
func (v *view) caughtUp(whole bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.catching--; v.catching == 0 && whole {
		v.behind = false
	}
}
