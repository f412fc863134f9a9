package edge

import (
	"net"
	"sync"
)

// queue is a listener of connections that have been told apart. It holds none:
// who brings one waits until it is taken.
type queue struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	after func() error // closes what only this queue is for; may be nil
}

func newQueue(addr net.Addr) *queue {
	return &queue{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

// Accept implements net.Listener.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case <-q.done:
		return nil, net.ErrClosed
	default:
	}
	select {
	case conn := <-q.conns:
		return conn, nil
	case <-q.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; it may be called more than once.
func (q *queue) Close() error {
	var err error
	q.once.Do(func() {
		close(q.done)
		if q.after != nil {
			err = q.after()
		}
	})
	return err
}

// Addr implements net.Listener.
func (q *queue) Addr() net.Addr { return q.addr }

// hand brings a connection to whoever accepts; false says that nobody does any
// more, and the connection is still the caller's.
func (q *queue) hand(conn net.Conn) bool {
	select {
	case q.conns <- conn:
		return true
	case <-q.done:
		return false
	}
}
