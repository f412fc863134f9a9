package signaling

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// socket is the connection beneath a session: its writer and its heartbeat.
// Neither has a goroutine while there is nothing to write.
type socket struct {
	conn Conn
	out  *outbox
	// silence is how long the client may say nothing.
	silence time.Duration
	timer   *time.Timer // looks whether he has
	// began is what heard, the last message read, is counted from in
	// nanoseconds: a wall clock that is set must not end sockets or keep them.
	began time.Time
	heard atomic.Int64
	done  chan struct{} // the writer has closed conn
}

// newSocket starts a socket, which gives up when nothing is heard for silence.
func newSocket(conn Conn, out *outbox, silence time.Duration) *socket {
	s := &socket{conn: conn, out: out, silence: silence, began: time.Now(), done: make(chan struct{})}
	s.touch()
	s.timer = time.AfterFunc(silence, s.listen)
	out.serve(func() { go s.write() })
	return s
}

// wait returns when the socket has ended.
func (s *socket) wait() {
	<-s.done
	s.timer.Stop()
}

func (s *socket) touch() { s.heard.Store(int64(time.Since(s.began))) }

// listen ends a socket from which nothing was heard.
func (s *socket) listen() {
	left := s.silence - (time.Since(s.began) - time.Duration(s.heard.Load()))
	if left > 0 {
		s.timer.Reset(left)
		return
	}
	s.out.discard(ending{wire.CloseGoingAway, "no heartbeat", "heartbeat"})
}

// writeMost bounds what is written in one piece, in bytes.
const writeMost = 64 << 10

// piece is the memory of one write: messages are parts of buf.
type piece struct {
	buf      []byte
	messages [][]byte
}

var piecePool = sync.Pool{New: func() any { return &piece{} }}

// write empties the outbox, several messages at a time, and closes the socket
// when it has ended. One runs at a time.
func (s *socket) write() {
	p := piecePool.Get().(*piece)
	defer p.recycle()
	for {
		items, end := s.out.take()
		for rest := items; len(rest) > 0; {
			rest = p.fill(rest)
			if err := s.conn.Write(p.messages); err != nil {
				s.out.discard(ending{closeInternal, "", "error"})
				_, end = s.out.take()
				break
			}
		}
		recycle(items)
		if end != nil {
			// Closing a socket that is closed already is harmless, and its
			// error tells nothing that Read does not.
			_ = s.conn.Close(end.code, end.reason)
			close(s.done)
			return
		}
		if len(items) == 0 {
			return
		}
	}
}

// fill finishes as many frames as one write takes and returns the others.
func (p *piece) fill(items []outItem) []outItem {
	size, n := 0, 0
	for n < len(items) && (n == 0 || size+len(items[n].frame) <= writeMost) {
		size += len(items[n].frame) + frameEnd
		n++
	}
	if cap(p.buf) < size {
		p.buf = make([]byte, 0, size) // so that messages stay where they are
	}
	p.buf, p.messages = p.buf[:0], p.messages[:0]
	for _, it := range items[:n] {
		from := len(p.buf)
		p.buf = it.frame.finish(p.buf, it.seq)
		p.messages = append(p.messages, p.buf[from:])
	}
	return items[n:]
}

// recycle gives the memory back, unless one large message has made it large.
func (p *piece) recycle() {
	if cap(p.buf) > writeMost+4<<10 {
		return
	}
	clear(p.messages)
	piecePool.Put(p)
}
