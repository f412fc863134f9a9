package signaling

import (
	"context"
	"sync"
	"time"
)

// How many changes of one room may wait to be stored, how many messages go to
// History together, and how long storing may take.
const (
	appendQueue   = 256
	appendMost    = 64
	appendTimeout = 10 * time.Second
)

// deed is one change of a room's messages on its way to History and back:
// msg is a message to be stored, unless act asks History for something else.
type deed struct {
	s   *session
	req *request
	msg NewMessage
	// act returns what the room's loop does once History has done its part.
	act func(context.Context) (func(), error)
}

// outcome is what History made of a deed.
type outcome struct {
	deed
	st   Stored // of a message
	then func() // of an act
	err  error
}

// appender brings one room's deeds to History one after another, so that their
// events leave in the order they were stored in. Messages that have come while
// it was busy go together.
type appender struct {
	store func(context.Context, []NewMessage) []Appended
	// stored is told the outcomes, in order; it may wait.
	stored func([]outcome)

	mu     sync.Mutex
	closed bool
	queue  chan deed
	done   chan struct{}
}

func newAppender(ctx context.Context, store func(context.Context, []NewMessage) []Appended, stored func([]outcome)) *appender {
	a := &appender{store: store, stored: stored, queue: make(chan deed, appendQueue), done: make(chan struct{})}
	go a.run(ctx)
	return a
}

func (a *appender) run(ctx context.Context) {
	defer close(a.done)
	var batch []deed
	for d := range a.queue {
		batch = a.more(append(batch[:0], d))
		for len(batch) > 0 {
			n := run(batch)
			a.stored(a.do(ctx, batch[:n]))
			batch = batch[n:]
		}
	}
}

// more adds what waits to a batch.
func (a *appender) more(batch []deed) []deed {
	for len(batch) < appendMost {
		select {
		case d, ok := <-a.queue:
			if !ok {
				return batch
			}
			batch = append(batch, d)
		default:
			return batch
		}
	}
	return batch
}

// run is how many deeds at the beginning of a batch can be done together: all
// the messages, or one of another kind.
func run(batch []deed) int {
	n := 0
	for n < len(batch) && batch[n].act == nil {
		n++
	}
	return max(n, 1)
}

// do brings a run to History.
func (a *appender) do(ctx context.Context, batch []deed) []outcome {
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	out := make([]outcome, len(batch))
	for i, d := range batch {
		out[i].deed = d
	}
	if batch[0].act != nil {
		out[0].then, out[0].err = batch[0].act(ctx)
		return out
	}
	messages := make([]NewMessage, len(batch))
	for i, d := range batch {
		messages[i] = d.msg
	}
	for i, r := range a.store(ctx, messages) {
		out[i].st, out[i].err = r.Stored, r.Err
	}
	return out
}

// try takes a deed if there is room for it.
func (a *appender) try(d deed) (taken bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false, errGone
	}
	select {
	case a.queue <- d:
		return true, nil
	default:
		return false, nil
	}
}

// close does what was taken, and returns when that is done.
func (a *appender) close() {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		close(a.queue)
	}
	a.mu.Unlock()
	<-a.done
}
