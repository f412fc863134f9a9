package loadtest

import "sync/atomic"

// window is the steady stretch of a run that figures are taken from, in Unix
// nanoseconds; both ends are 0 until they are known.
type window struct{ from, to atomic.Int64 }

// has says whether an instant is in the window.
func (w *window) has(ns int64) bool {
	from, to := w.from.Load(), w.to.Load()
	return from != 0 && ns >= from && (to == 0 || ns < to)
}
