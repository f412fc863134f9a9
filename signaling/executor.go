package signaling

import (
	"errors"
	"sync"
	"time"
)

// errGone is returned by an executor that has been closed.
var errGone = errors.New("signaling: the loop has ended")

// executor runs functions one after another on a goroutine of its own: the
// owner of a state. What runs on it must not wait for anything.
//
// Who may wait for it (readers of sockets, HTTP handlers, appenders) uses call
// or post; who may not (the SFU's callbacks, other loops) leaves a mark where
// due finds it, and nudges.
type executor struct {
	queue chan func()
	wake  chan struct{}
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once
	// due runs after each step: it does what is due and returns when it wants
	// to be run again at the latest (zero: only after the next step).
	due func(now time.Time) time.Time
}

// newExecutor starts an executor whose queue holds size functions.
func newExecutor(size int, due func(time.Time) time.Time) *executor {
	e := &executor{
		queue: make(chan func(), size),
		wake:  make(chan struct{}, 1),
		quit:  make(chan struct{}),
		done:  make(chan struct{}),
		due:   due,
	}
	go e.run()
	return e
}

func (e *executor) run() {
	defer close(e.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case fn := <-e.queue:
			fn()
		case <-e.wake:
		case <-timer.C:
		case <-e.quit:
			e.drain()
			return
		}
		if next := e.due(time.Now()); next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(next))
		}
	}
}

// drain runs what was accepted before the end.
func (e *executor) drain() {
	for {
		select {
		case fn := <-e.queue:
			fn()
		default:
			e.due(time.Now())
			return
		}
	}
}

// post hands fn over, waiting for space in the queue.
func (e *executor) post(fn func()) error {
	select {
	case <-e.quit:
		return errGone
	default:
	}
	select {
	case e.queue <- fn:
		return nil
	case <-e.quit:
		return errGone
	}
}

// call runs fn on the executor and returns when it has run. After errGone it
// has not run and never will.
func (e *executor) call(fn func()) error {
	ran := make(chan struct{})
	if err := e.post(func() { fn(); close(ran) }); err != nil {
		return err
	}
	select {
	case <-ran:
		return nil
	case <-e.done:
	}
	select {
	case <-ran:
		return nil
	default:
		return errGone
	}
}

// nudge makes due run soon. It never blocks.
func (e *executor) nudge() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// close ends the executor after what it has accepted, and waits for it.
func (e *executor) close() {
	e.once.Do(func() { close(e.quit) })
	<-e.done
}
