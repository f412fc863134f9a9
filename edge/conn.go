package edge

import (
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// farewell is how long the end of a TLS connection may wait for room to say
// so (close_notify): a client that takes nothing must not hold a stop up.
const farewell = 100 * time.Millisecond

// lastTime and lastBytes bound what is read of a client that has had its
// answer.
const (
	lastTime  = time.Second
	lastBytes = 16 << 10
)

// raw is a TCP connection from which some bytes were read ahead, and whose
// ends may be others than the socket's: those that a PROXY header told.
type raw struct {
	net.Conn
	head          []byte // read ahead, not yet given out
	remote, local net.Addr
	closing       atomic.Bool
}

// Read implements net.Conn.
func (c *raw) Read(b []byte) (int, error) {
	if len(c.head) > 0 {
		n := copy(b, c.head)
		c.head = c.head[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// peek reads until decide knows, or max bytes are there; what was read is
// given out again.
func (c *raw) peek(maxBytes int, decide func([]byte) kind) (kind, error) {
	k, read, err := readFirst(c.Conn, c.head, maxBytes, decide)
	c.head = read
	return k, err
}

// answer says the last word, and reads on for a moment: a system resets a
// connection that is closed with something unread, and the reset may overtake
// the answer.
func (c *raw) answer(text string) {
	_ = c.SetDeadline(time.Now().Add(lastTime))
	_, _ = io.WriteString(c.Conn, text)
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_, _ = io.CopyN(io.Discard, c.Conn, lastBytes)
}

// RemoteAddr implements net.Conn.
func (c *raw) RemoteAddr() net.Addr {
	if c.remote != nil {
		return c.remote
	}
	return c.Conn.RemoteAddr()
}

// LocalAddr implements net.Conn.
func (c *raw) LocalAddr() net.Addr {
	if c.local != nil {
		return c.local
	}
	return c.Conn.LocalAddr()
}

// SetWriteDeadline implements net.Conn. Package tls gives its close_notify
// seconds.
func (c *raw) SetWriteDeadline(t time.Time) error {
	if latest := time.Now().Add(farewell); c.closing.Load() && (t.IsZero() || t.After(latest)) {
		t = latest
	}
	return c.Conn.SetWriteDeadline(t)
}

// secured is a TLS connection whose handshake is done, from which some bytes
// were read ahead.
type secured struct {
	*tls.Conn
	under *raw
	head  []byte
}

// Read implements net.Conn.
func (c *secured) Read(b []byte) (int, error) {
	if len(c.head) > 0 {
		n := copy(b, c.head)
		c.head = c.head[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// Close implements net.Conn.
func (c *secured) Close() error {
	c.under.closing.Store(true)
	return c.Conn.Close()
}

// readFirst appends what it reads from r to head until decide knows what that
// is; undecided at max bytes, it is of no kind.
func readFirst(r interface{ Read([]byte) (int, error) }, head []byte, maxBytes int, decide func([]byte) kind) (kind, []byte, error) {
	for {
		if len(head) > 0 {
			if k := decide(head); k != unknown {
				return k, head, nil
			}
		}
		if len(head) >= maxBytes {
			return speaksOther, head, nil
		}
		part := make([]byte, maxBytes-len(head))
		n, err := r.Read(part)
		head = append(head, part[:n]...)
		if err != nil && n == 0 {
			return unknown, head, err
		}
	}
}
