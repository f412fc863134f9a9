package signaling

import "sync"

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

// outbox is a session's queue of frames on their way to its socket. Pushing
// never blocks: one frame too many ends the socket and empties the queue.
type outbox struct {
	maxFrames, maxBytes int
	wake                chan struct{}

	mu    sync.Mutex
	items []outItem
	bytes int
	seq   uint64
	end   *ending
	slow  bool
	// cut ends the socket without waiting for its writer; it must not block.
	cut func(ending)
}

type outItem struct {
	frame frame
	seq   uint64
}

func newOutbox(maxFrames, maxBytes int, cut func(ending)) *outbox {
	return &outbox{maxFrames: maxFrames, maxBytes: maxBytes, wake: make(chan struct{}, 1), cut: cut}
}

// event queues a frame with the session's next seq. It returns false when the
// session could not be handed it because it reads too slowly.
func (o *outbox) event(f frame) bool { return o.push(f, true) }

// answer queues an ack, nack, error or pong: a frame without seq.
func (o *outbox) answer(f frame) { o.push(f, false) }

func (o *outbox) push(f frame, numbered bool) bool {
	o.mu.Lock()
	if o.end != nil {
		slow := o.slow
		o.mu.Unlock()
		return !slow
	}
	if len(o.items) >= o.maxFrames || (len(o.items) > 0 && o.bytes+len(f) > o.maxBytes) {
		e := ending{closeTryAgain, "reading too slowly", "slow"}
		o.end, o.slow, o.items, o.bytes = &e, true, nil, 0
		o.mu.Unlock()
		o.signal()
		o.cut(e)
		return false
	}
	it := outItem{frame: f}
	if numbered {
		o.seq++
		it.seq = o.seq
	}
	o.items = append(o.items, it)
	o.bytes += len(f)
	o.mu.Unlock()
	o.signal()
	return true
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
