package signaling

import (
	"slices"
	"time"
)

// replay holds a session's latest events, oldest first, for a client that
// comes back: as many as its bounds allow, and none that is older than anybody
// could still ask for, so that an idle session holds next to nothing.
type replay struct {
	maxFrames, maxBytes int
	maxAge              time.Duration

	events []keptEvent
	bytes  int
	began  time.Time // what the events' times are counted from
}

// keptEvent is small: a busy room's session keeps two thousand of them. Their
// seqs are one after another, so that none has to be kept.
type keptEvent struct {
	frame frame
	at    time.Duration
}

// add takes the next event, and drops what no longer has its place.
func (r *replay) add(f frame, now time.Time) {
	if r.began.IsZero() {
		r.began = now
	}
	r.events = append(r.events, keptEvent{f, now.Sub(r.began)})
	r.bytes += len(f)
	r.trim(now)
}

// trim drops what no longer has its place.
func (r *replay) trim(now time.Time) {
	at := now.Sub(r.began)
	drop := 0
	for n := len(r.events); drop < n && (n-drop > r.maxFrames || r.bytes > r.maxBytes || at-r.events[drop].at > r.maxAge); drop++ {
		r.bytes -= len(r.events[drop].frame)
		r.events[drop] = keptEvent{} // the frame may go, though its place stays
	}
	r.drop(drop)
}

// heard drops the events up to seq, which the client has, of those up to last.
func (r *replay) heard(seq, last uint64) {
	if kept := int(min(last-seq, uint64(len(r.events)))); kept < len(r.events) {
		n := len(r.events) - kept
		for i := range r.events[:n] {
			r.bytes -= len(r.events[i].frame)
			r.events[i] = keptEvent{}
		}
		r.drop(n)
	}
}

// drop takes the first n events' places back. Few that stay behind many move
// out of their place.
func (r *replay) drop(n int) {
	r.events = r.events[n:]
	switch {
	case len(r.events) == 0:
		r.events = nil
	case n > len(r.events):
		r.events = slices.Clone(r.events)
	}
}

// after are the events after seq, of which last is the newest ever. It is not
// ok when one of them is gone, or when seq is of the future.
func (r *replay) after(seq, last uint64) (again []outItem, ok bool) {
	if seq > last || last-seq > uint64(len(r.events)) {
		return nil, false
	}
	for _, e := range r.events[len(r.events)-int(last-seq):] {
		seq++
		again = append(again, outItem{frame: e.frame, seq: seq})
	}
	return again, true
}
