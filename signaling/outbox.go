package signaling

import (
	"sync"
	"time"
)

// Close codes of RFC 6455 section 7.4.1 and its registry that the contract
// leaves free.
const (
	closeInternal = 1011
	closeTryAgain = 1013 // the socket could not keep up; come again
)

// ending says how a socket ends.
type ending struct {
	code   int
	reason string // for the close frame
	cause  string // for Observer.SocketClosed
}

// final says whether the session ends with the socket. A client that was lost,
// or read too slowly, may come back and resume.
func (e ending) final() bool {
	switch e.cause {
	case "lost", "slow", "heartbeat", "error", "resumed":
		return false
	}
	return true
}

// outbox is a session's queue of frames on their way to its socket, and the
// events that a resumed session is sent again. Pushing never blocks: one frame
// too many ends the socket and empties the queue.
type outbox struct {
	maxFrames, maxBytes int
	wake                chan struct{}

	mu    sync.Mutex
	items []outItem
	bytes int
	seq   uint64
	end   *ending // of the present socket, or of the last one
	kept  replay
	// cut ends the socket without waiting for its writer; it must not block.
	cut func(ending)
}

type outItem struct {
	frame frame
	seq   uint64
}

// newOutbox makes the outbox of a session that has a socket. Events are kept
// for a resume for keep, as far as twice the bounds of the queue allow.
func newOutbox(maxFrames, maxBytes int, keep time.Duration, cut func(ending)) *outbox {
	return &outbox{
		maxFrames: maxFrames, maxBytes: maxBytes, wake: make(chan struct{}, 1), cut: cut,
		// More than the queue: whoever read too slowly has that much to catch up.
		kept: replay{maxFrames: 2 * maxFrames, maxBytes: 2 * maxBytes, maxAge: keep},
	}
}

// event queues a frame with the session's next seq. It returns false when the
// session could not be handed it because it reads too slowly.
func (o *outbox) event(f frame) bool { return o.push(f, true) }

// answer queues an ack, nack, error or pong: a frame without seq.
func (o *outbox) answer(f frame) { o.push(f, false) }

func (o *outbox) push(f frame, numbered bool) bool {
	o.mu.Lock()
	it := outItem{frame: f}
	if numbered {
		o.seq++
		it.seq = o.seq
		o.kept.add(it, time.Now())
	}
	if o.end != nil {
		slow := o.end.cause == "slow"
		o.mu.Unlock()
		return !slow
	}
	if len(o.items) >= o.maxFrames || (len(o.items) > 0 && o.bytes+len(f) > o.maxBytes) {
		e := ending{closeTryAgain, "reading too slowly", "slow"}
		o.end, o.items, o.bytes = &e, nil, 0
		cut := o.cut
		o.mu.Unlock()
		o.signal()
		cut(e)
		return false
	}
	o.items = append(o.items, it)
	o.bytes += len(f)
	o.mu.Unlock()
	o.signal()
	return true
}

// attach gives the session another socket, after the last has ended: first
// goes out, then every event after the given one. It returns how many those
// are; false says that they are not all there any more, and changes nothing.
func (o *outbox) attach(after uint64, first func(replayed int) frame, cut func(ending)) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	again, ok := o.kept.after(after, o.seq)
	if !ok {
		return false
	}
	o.end, o.cut = nil, cut
	o.items = append([]outItem{{frame: first(len(again))}}, again...)
	o.bytes = 0
	for _, it := range o.items {
		o.bytes += len(it.frame)
	}
	o.signal()
	return true
}

// holds says whether every event after the given one is still there.
func (o *outbox) holds(after uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.kept.after(after, o.seq)
	return ok
}

// finish ends the socket after what is queued. Only the first ending counts.
func (o *outbox) finish(e ending) {
	o.mu.Lock()
	if o.end == nil {
		o.end = &e
	}
	o.mu.Unlock()
	o.signal()
}

// discard is finish without what is queued, for a socket that is gone.
func (o *outbox) discard(e ending) {
	o.finish(e)
	o.mu.Lock()
	o.items, o.bytes = nil, 0
	o.mu.Unlock()
}

// ended returns the ending, nil while there is none.
func (o *outbox) ended() *ending {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.end
}

// take swaps the queued items for an empty slice that has room for more.
func (o *outbox) take(empty []outItem) ([]outItem, *ending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	items := o.items
	o.items, o.bytes = empty[:0], 0
	return items, o.end
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
