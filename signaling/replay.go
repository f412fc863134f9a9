package signaling

import "time"

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
	if r.events = r.events[drop:]; len(r.events) == 0 {
		r.events = nil
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
