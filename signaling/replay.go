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
}

type keptEvent struct {
	outItem
	at time.Time
}

// add takes the next event, and drops what no longer has its place.
func (r *replay) add(it outItem, now time.Time) {
	r.events = append(r.events, keptEvent{it, now})
	r.bytes += len(it.frame)
	drop := 0
	for len(r.events)-drop > r.maxFrames || r.bytes > r.maxBytes || now.Sub(r.events[drop].at) > r.maxAge {
		r.bytes -= len(r.events[drop].frame)
		r.events[drop] = keptEvent{} // the frame may go, though its place stays
		drop++
	}
	r.events = r.events[drop:]
}

// after are the events after seq, of which last is the newest ever. It is not
// ok when one of them is gone, or when seq is of the future.
func (r *replay) after(seq, last uint64) (again []outItem, ok bool) {
	if seq > last || last-seq > uint64(len(r.events)) {
		return nil, false
	}
	for _, e := range r.events[len(r.events)-int(last-seq):] {
		again = append(again, e.outItem)
	}
	return again, true
}
