package transport

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// A socket's backlog, in datagrams. Voice is what there is much of; the rest
	// is checks and reports.
	backlogVoice   = 1024
	backlogControl = 256
	// Voice that waited this long is not worth sending: newer packets are.
	voiceWaits   = 50 * time.Millisecond
	controlWaits = 500 * time.Millisecond
	// backlogRetry is how soon a full socket is tried again: ENOBUFS, when a
	// device's queue is full, is followed by no event to wait for.
	backlogRetry = time.Millisecond
)

// backlog is what a socket had no room for. Its bound gives up the oldest
// voice, so that a listener behind a full socket hears the newest.
type backlog struct {
	waiting atomic.Bool
	wake    chan struct{}

	mu             sync.Mutex
	s              *socket
	voice, control ring
	out            *sendQueue // made when it is first needed
}

func (l *backlog) init(s *socket) {
	l.s = s
	l.wake = make(chan struct{}, 1)
	l.voice = ring{max: backlogVoice, waits: voiceWaits}
	l.control = ring{max: backlogControl, waits: controlWaits}
}

// put takes over the datagrams of q from off on.
func (l *backlog) put(q *sendQueue, off int) {
	now := time.Now()
	l.mu.Lock()
	for i := off; i < q.n; i++ {
		r := &l.control
		if isVoice(q.bufs[i]) {
			r = &l.voice
		}
		if r.push(q, i, now) {
			l.s.counters.SendOverflow.Add(1)
		}
	}
	l.waiting.Store(true)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// drain offers the backlog to the kernel, oldest first, and says whether
// nothing is left.
func (l *backlog) drain() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		l.out = &sendQueue{}
		l.out.init(l.s)
	}
	for {
		stale := l.control.expire() + l.voice.expire()
		l.s.counters.SendStale.Add(uint64(stale))
		control := l.control.fill(l.out)
		l.voice.fill(l.out)
		n := l.out.n
		if n == 0 {
			l.waiting.Store(false)
			return true
		}
		done := l.out.transmit()
		l.out.n = 0
		l.control.pop(min(done, control))
		l.voice.pop(max(done-control, 0))
		if done < n {
			return false
		}
	}
}

// catchUp sends a socket's backlog as the kernel finds room.
func (t *Transport) catchUp(s *socket) {
	defer t.wg.Done()
	retry := time.NewTicker(backlogRetry)
	retry.Stop()
	defer retry.Stop()
	for {
		select {
		case <-t.done:
			return
		case <-s.backlog.wake:
		case <-retry.C:
		}
		if s.backlog.drain() {
			retry.Stop()
		} else {
			retry.Reset(backlogRetry)
		}
	}
}

// held is a datagram that waits.
type held struct {
	b  []byte
	r  route
	at time.Time
}

// ring is a queue of at most max that wait for waits at most, the oldest at
// head. Its buffers stay with it.
type ring struct {
	max, head, n int
	waits        time.Duration
	q            []held
}

// push adds q's datagram i and says whether the oldest had to go for it.
func (r *ring) push(q *sendQueue, i int, now time.Time) (gone bool) {
	if r.q == nil {
		r.q = make([]held, r.max)
	}
	if r.n == r.max {
		r.pop(1)
		gone = true
	}
	h := &r.q[(r.head+r.n)%r.max]
	h.b = append(h.b[:0], q.bufs[i]...)
	h.r = q.route(i)
	h.at = now
	r.n++
	return gone
}

func (r *ring) pop(n int) {
	if r.n -= n; n > 0 {
		r.head = (r.head + n) % r.max
	}
}

// expire drops what waited too long and returns how many.
func (r *ring) expire() int {
	n := 0
	for n < r.n && time.Since(r.q[(r.head+n)%r.max].at) > r.waits {
		n++
	}
	r.pop(n)
	return n
}

// fill queues what fits of the ring and returns how many.
func (r *ring) fill(q *sendQueue) int {
	n := min(r.n, batchSize-q.n)
	for i := range n {
		h := &r.q[(r.head+i)%r.max]
		q.add(h.b, &h.r)
	}
	return n
}
