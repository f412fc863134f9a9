package httpapi

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// listener remembers the connections that it has accepted, so that those that
// never finish their request can be cut at a stop.
type listener struct {
	net.Listener
	mu   sync.Mutex
	open map[*accepted]struct{}
}

func newListener(ln net.Listener) *listener {
	return &listener{Listener: ln, open: map[*accepted]struct{}{}}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &accepted{Conn: conn, from: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = struct{}{}
	if over, ok := conn.(overTLS); ok {
		return &acceptedTLS{accepted: c, overTLS: over}, nil
	}
	return c, nil
}

// cut closes every connection that is still open.
func (l *listener) cut() {
	l.mu.Lock()
	left := l.open
	l.open = map[*accepted]struct{}{}
	l.mu.Unlock()
	for c := range left {
		_ = c.Conn.Close() // its reader is told, and there is nobody else to tell
	}
}

// overTLS is what a TLS connection has and others have not: by it fasthttp
// tells that a request is https.
type overTLS interface {
	Handshake() error
	ConnectionState() tls.ConnectionState
}

type acceptedTLS struct {
	*accepted
	overTLS
}

type accepted struct {
	net.Conn
	from *listener
}

// A connection may be closed behind fasthttp's back, at a stop or by its client.
// It panics when a deadline cannot be set; the read or write that the deadline is
// for fails anyway.

// SetDeadline implements net.Conn.
func (c *accepted) SetDeadline(t time.Time) error { return unlessClosed(c.Conn.SetDeadline(t)) }

// SetReadDeadline implements net.Conn.
func (c *accepted) SetReadDeadline(t time.Time) error {
	return unlessClosed(c.Conn.SetReadDeadline(t))
}

// SetWriteDeadline implements net.Conn.
func (c *accepted) SetWriteDeadline(t time.Time) error {
	return unlessClosed(c.Conn.SetWriteDeadline(t))
}

func unlessClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Close implements net.Conn.
func (c *accepted) Close() error {
	c.from.mu.Lock()
	delete(c.from.open, c)
	c.from.mu.Unlock()
	return c.Conn.Close()
}
