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

	mu    sync.Mutex
	items []outItem
	bytes int
	seq   uint64
	end   *ending // of the present socket, or of the last one
	kept  replay
	// cut ends the socket without waiting for its writer; it must not block.
	cut func(ending)
	// write starts the socket's writer, which takes until there is nothing; nil:
	// there is none yet, and what is queued waits for it.
	write   func()
	writing bool // the writer runs, or has come to its end
}

type outItem struct {
	frame frame
	seq   uint64
}

// newOutbox makes the outbox of a session that has a socket. Events are kept
// for a resume for keep, as far as twice the bounds of the queue allow.
func newOutbox(maxFrames, maxBytes int, keep time.Duration, cut func(ending)) *outbox {
	return &outbox{
		maxFrames: maxFrames, maxBytes: maxBytes, cut: cut,
		// More than the queue: whoever read too slowly has that much to catch up.
		kept: replay{maxFrames: 2 * maxFrames, maxBytes: 2 * maxBytes, maxAge: keep},
	}
}

// event queues a frame with the session's next seq. It returns false when the
// session could not be handed it because it reads too slowly.
func (o *outbox) event(f frame) bool {
	handed, _ := o.push(f, true, true)
	return handed
}

// eventLater is event, but leaves it to hurry, or to what is queued next, to
// start the writer. It returns whether hurry is needed.
func (o *outbox) eventLater(f frame) bool {
	_, waits := o.push(f, true, false)
	return waits
}

// answer queues an ack, nack, error or pong: a frame without seq.
func (o *outbox) answer(f frame) { o.push(f, false, true) }

func (o *outbox) push(f frame, numbered, now bool) (handed, waits bool) {
	o.mu.Lock()
	it := outItem{frame: f}
	if numbered {
		o.seq++
		it.seq = o.seq
		o.kept.add(f, time.Now())
	}
	if o.end != nil {
		slow := o.end.cause == "slow"
		o.mu.Unlock()
		return !slow, false
	}
	if len(o.items) >= o.maxFrames || (len(o.items) > 0 && o.bytes+len(f) > o.maxBytes) {
		e := ending{closeTryAgain, "reading too slowly", "slow"}
		o.end, o.items, o.bytes = &e, nil, 0
		cut := o.cut
		o.wake()
		cut(e)
		return false, false
	}
	if o.items == nil {
		o.items = itemPool.Get().(*itemList).items
	}
	o.items = append(o.items, it)
	o.bytes += len(f)
	if now {
		o.wake()
		return true, false
	}
	defer o.mu.Unlock()
	return true, !o.writing
}

// hurry starts the writer for what waits for it.
func (o *outbox) hurry() {
	o.mu.Lock()
	if len(o.items) == 0 {
		o.mu.Unlock()
		return
	}
	o.wake()
}

// itemList is a slice on its way between outboxes and writers: an idle session
// holds none.
type itemList struct{ items []outItem }

var itemPool = sync.Pool{New: func() any { return &itemList{items: make([]outItem, 0, 8)} }}

// recycle takes back what take has returned, once it is written.
func recycle(items []outItem) {
	if cap(items) == 0 || cap(items) > 256 {
		return
	}
	clear(items)
	itemPool.Put(&itemList{items: items[:0]})
}

// wake unlocks mu and makes sure that the writer runs.
func (o *outbox) wake() {
	write := o.write
	start := write != nil && !o.writing
	o.writing = o.writing || start
	o.mu.Unlock()
	if start {
		write()
	}
}

// serve gives the outbox a writer: write starts it and must not block. It runs
// when there is something to take.
func (o *outbox) serve(write func()) {
	o.mu.Lock()
	o.write, o.writing = write, false
	if len(o.items) == 0 && o.end == nil {
		o.mu.Unlock()
		return
	}
	o.wake()
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
	o.end, o.cut, o.write = nil, cut, nil
	o.items = append([]outItem{{frame: first(len(again))}}, again...)
	o.bytes = 0
	for _, it := range o.items {
		o.bytes += len(it.frame)
	}
	return true
}

// tidy lets go of events that nobody can ask for any more. A session that is
// told nothing new would keep them otherwise.
func (o *outbox) tidy() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept.trim(time.Now())
}

// heard lets go of the events up to seq, which the client says it has. It is
// false when there was none of that seq yet.
func (o *outbox) heard(seq uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if seq > o.seq {
		return false
	}
	o.kept.heard(seq, o.seq)
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
	o.wake()
}

// discard is finish without what is queued, for a socket that is gone.
func (o *outbox) discard(e ending) {
	o.mu.Lock()
	if o.end == nil {
		o.end = &e
	}
	o.items, o.bytes = nil, 0
	o.wake()
}

// ended returns the ending, nil while there is none.
func (o *outbox) ended() *ending {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.end
}

// take takes what is queued. When there is nothing, and no end, the writer must
// stop: it is started again.
func (o *outbox) take() (items []outItem, end *ending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	items, end = o.items, o.end
	o.items, o.bytes = nil, 0
	o.writing = len(items) > 0 || end != nil
	return items, end
}
