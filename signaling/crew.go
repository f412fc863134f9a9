package signaling

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// idleHands is how many goroutines a crew keeps for the next work.
const idleHands = 8

// crew does what needs a deep stack for goroutines that wait most of their
// life: an offer takes 32 KiB of stack, which a reader of a socket would keep
// for as long as somebody is there.
type crew struct {
	work chan *job
	done chan struct{}

	// jobs that are over, to be used again.
	jobs sync.Pool

	mu   sync.Mutex
	idle int
	wg   sync.WaitGroup
}

// job is one piece of work; who ordered it waits.
type job struct {
	do   func()
	over chan struct{}
	// panicked is what do panicked with, and where.
	panicked any
}

func newCrew() *crew {
	c := &crew{work: make(chan *job), done: make(chan struct{})}
	c.jobs.New = func() any { return &job{over: make(chan struct{}, 1)} }
	return c
}

// run returns when fn has run. A panic of fn's is passed on.
func (c *crew) run(fn func()) {
	j := c.jobs.Get().(*job)
	j.do = fn
	select {
	case c.work <- j:
	default:
		c.wg.Add(1)
		go c.hand(j)
	}
	<-j.over
	p := j.panicked
	j.do, j.panicked = nil, nil
	c.jobs.Put(j)
	if p != nil {
		panic(p)
	}
}

// hand does one job, and others while there are few to do them.
func (c *crew) hand(j *job) {
	defer c.wg.Done()
	for {
		j.finish()
		if !c.rest(1) {
			return
		}
		select {
		case j = <-c.work:
			c.rest(-1)
		case <-c.done:
			return
		}
	}
}

// rest counts those that wait for work; false: they are enough.
func (c *crew) rest(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle+n > idleHands {
		return false
	}
	c.idle += n
	return true
}

func (j *job) finish() {
	defer func() {
		if p := recover(); p != nil {
			j.panicked = fmt.Errorf("%v\n%s", p, debug.Stack())
		}
		j.over <- struct{}{}
	}()
	j.do()
}

// close waits for those that are left. Nothing is run after it.
func (c *crew) close() {
	close(c.done)
	c.wg.Wait()
}
