package signaling

import (
	"context"
	"sync"
	"time"
)

// How many messages of one room may wait to be stored, and how long storing
// one may take.
const (
	appendQueue   = 256
	appendTimeout = 10 * time.Second
)

// chatJob is one chat.send on its way to History and back.
type chatJob struct {
	s   *session
	req *request
	msg NewMessage
}

// appender stores one room's messages one after another, so that their events
// leave in the order of their roomSeq.
type appender struct {
	store func(context.Context, NewMessage) (Stored, error)
	// stored is told the outcome, in order; it may wait.
	stored func(chatJob, Stored, error)

	mu     sync.Mutex
	closed bool
	queue  chan chatJob
	done   chan struct{}
}

func newAppender(ctx context.Context, store func(context.Context, NewMessage) (Stored, error), stored func(chatJob, Stored, error)) *appender {
	a := &appender{store: store, stored: stored, queue: make(chan chatJob, appendQueue), done: make(chan struct{})}
	go a.run(ctx)
	return a
}

func (a *appender) run(ctx context.Context) {
	defer close(a.done)
	for job := range a.queue {
		one, cancel := context.WithTimeout(ctx, appendTimeout)
		stored, err := a.store(one, job.msg)
		cancel()
		a.stored(job, stored, err)
	}
}

// try takes a message if there is room for it.
func (a *appender) try(job chatJob) (taken bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false, errGone
	}
	select {
	case a.queue <- job:
		return true, nil
	default:
		return false, nil
	}
}

// close stores what was taken, and returns when that is done.
func (a *appender) close() {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		close(a.queue)
	}
	a.mu.Unlock()
	<-a.done
}
