package signaling

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// socket is the connection beneath a session: its writer and its heartbeat.
type socket struct {
	conn Conn
	out  *outbox
	// silence is how long the client may say nothing.
	silence time.Duration
	// began is what heard, the last message read, is counted from in
	// nanoseconds: a wall clock that is set must not end sockets or keep them.
	began time.Time
	heard atomic.Int64
	done  chan struct{}
}

// newSocket makes a socket that gives up when nothing is heard for silence.
func newSocket(conn Conn, out *outbox, silence time.Duration) *socket {
	s := &socket{conn: conn, out: out, silence: silence, began: time.Now(), done: make(chan struct{})}
	s.touch()
	return s
}

func (s *socket) touch() { s.heard.Store(int64(time.Since(s.began))) }

// write empties the outbox until the socket ends, and closes it.
func (s *socket) write(ctx context.Context) {
	defer close(s.done)
	timer := time.NewTimer(s.silence)
	defer timer.Stop()
	var items []outItem
	var buf []byte
	for {
		var end *ending
		items, end = s.out.take(items)
		for i := range items {
			buf = items[i].frame.finish(buf[:0], items[i].seq)
			items[i].frame = nil
			if err := s.conn.Write(buf); err != nil {
				s.out.discard(ending{closeInternal, "", "error"})
				end = s.out.ended()
				break
			}
		}
		if end != nil {
			// Closing a socket that is closed already is harmless, and its
			// error tells nothing that Read does not.
			_ = s.conn.Close(end.code, end.reason)
			return
		}
		if len(items) > 0 {
			continue
		}
		select {
		case <-s.out.wake:
		case <-ctx.Done():
			s.out.finish(ending{wire.CloseGoingAway, "server draining", "draining"})
		case <-timer.C:
			left := s.silence - (time.Since(s.began) - time.Duration(s.heard.Load()))
			if left <= 0 {
				s.out.discard(ending{wire.CloseGoingAway, "no heartbeat", "heartbeat"})
				continue
			}
			timer.Reset(left)
		}
	}
}
