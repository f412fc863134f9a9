package main

import (
	"container/heap"
	"sync"
	"time"
)

// maxScheduled bounds what all links together hold back; beyond it packets
// are dropped and counted.
const maxScheduled = 100_000

// schedule does things at their time, in the order of their times, on one
// goroutine.
type schedule struct {
	mu      sync.Mutex
	events  events
	count   uint64
	dropped int
	ended   bool
	wake    chan struct{}
	done    chan struct{}
}

type event struct {
	at    time.Time
	order uint64 // of those at the same time
	do    func()
}

func newSchedule() *schedule {
	s := &schedule{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run()
	return s
}

// add has `do` done at its time; it must not block.
func (s *schedule) add(at time.Time, do func()) {
	s.mu.Lock()
	if len(s.events) >= maxScheduled || s.ended {
		s.dropped++
		s.mu.Unlock()
		return
	}
	s.count++
	order := s.count
	heap.Push(&s.events, event{at, order, do})
	first := s.events[0].order == order
	s.mu.Unlock()
	if first {
		s.nudge()
	}
}

// end drops what is left and waits for the goroutine.
func (s *schedule) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.nudge()
	<-s.done
}

func (s *schedule) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *schedule) run() {
	defer close(s.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.wake:
		}
		next, ok := s.doDue()
		if !ok {
			return
		}
		timer.Reset(next)
	}
}

// doDue does what is due and returns how long it is until the next.
func (s *schedule) doDue() (time.Duration, bool) {
	for {
		s.mu.Lock()
		if s.ended {
			s.mu.Unlock()
			return 0, false
		}
		if len(s.events) == 0 {
			s.mu.Unlock()
			return time.Hour, true
		}
		if wait := time.Until(s.events[0].at); wait > 0 {
			s.mu.Unlock()
			return wait, true
		}
		e := heap.Pop(&s.events).(event)
		s.mu.Unlock()
		e.do()
	}
}

type events []event

func (e events) Len() int      { return len(e) }
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e events) Less(i, j int) bool {
	if e[i].at.Equal(e[j].at) {
		return e[i].order < e[j].order
	}
	return e[i].at.Before(e[j].at)
}
func (e *events) Push(x any) { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	old[len(old)-1] = event{}
	*e = old[:len(old)-1]
	return last
}
