package transport

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

// maxStrange bounds the frames that a connection may bring before its first
// authentic check: a browser's first one is.
const maxStrange = 16

const (
	// connectionReads is what is asked of the kernel for each connection: a
	// second of somebody's voice. It bounds what strangers make it keep.
	connectionReads = 64 << 10
	// connectionWrites is for platforms that know no bound of what is not sent
	// yet: what waits in there gets late where nobody can choose any more.
	connectionWrites = 64 << 10
)

// connection is one TCP connection of a client (RFC 6544), whose frames are
// datagrams. TCP is the exception to the rule of no goroutine a peer: each has a
// reader of its own, which takes turns with the others for a batch.
type connection struct {
	t      *Transport
	conn   *net.TCPConn
	remote netip.AddrPort
	out    outbox
	cause  atomic.Int32 // why it ends, and 1

	// Of the reader:
	book
	in      framer
	session *Session // whose it is, once it has shown an authentic check
	strange int      // frames before that
}

func (t *Transport) newConnection(conn *net.TCPConn) (*connection, error) {
	at, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return nil, errors.New("transport: a connection from nowhere")
	}
	a := at.AddrPort()
	c := &connection{t: t, conn: conn, remote: netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())}
	c.book.stream = c
	_ = conn.SetReadBuffer(connectionReads) // best effort, as what follows
	_ = conn.SetWriteBuffer(connectionWrites)
	return c, c.out.init(c)
}

// others says whether it is another session's than s; a nil one is nobody's.
func (c *connection) others(s *Session) bool {
	return c != nil && c.session != nil && c.session != s
}

// end closes it; the first cause counts. Its reader does the rest.
func (c *connection) end(cause TCPCause) {
	c.cause.CompareAndSwap(0, int32(cause)+1)
	_ = c.conn.Close()
}

// read is the connection's reader; it returns when the connection has ended and
// nothing of it is left.
func (c *connection) read() {
	limits := &c.t.gate.limits
	_ = c.conn.SetReadDeadline(time.Now().Add(limits.hello))
	heard := time.Now()
	for known := false; ; {
		n, err := c.conn.Read(c.in.space())
		if n > 0 {
			heard = time.Now()
			c.in.took(n)
			if c.in.ready() {
				c.take()
			}
			if !known && c.session != nil {
				known = true
				c.t.gate.know(c)
				_ = c.conn.SetReadDeadline(heard.Add(limits.idle))
			}
		}
		switch {
		case err == nil:
			continue
		case !errors.Is(err, os.ErrDeadlineExceeded):
			c.end(TCPPeer)
		case !known:
			c.end(TCPSilent)
		case time.Since(heard) >= limits.idle:
			c.end(TCPIdle)
		default:
			_ = c.conn.SetReadDeadline(heard.Add(limits.idle))
			continue
		}
		break
	}
	c.out.close()
	if c.session != nil {
		c.session.lose(c.t.Now(), c)
	}
	c.t.counters.TCPEnded[c.cause.Load()-1].Add(1)
	c.t.gate.leave(c)
}

// take handles the frames that are there, with the batch that is free next:
// however many connections there are, few of them work at a time.
func (c *connection) take() {
	w := <-c.t.turns
	defer func() { c.t.turns <- w }()
	if w == nil {
		w = c.t.NewBatch()
	}
	now := c.t.Now()
	for {
		b, ok, err := c.in.next()
		if err != nil {
			c.end(TCPFrame)
		}
		if !ok || c.cause.Load() != 0 {
			break
		}
		c.frame(now, b, w)
	}
	w.flush()
}

// frame is one datagram. Until the first authentic check nothing else is
// looked at.
func (c *connection) frame(now int64, b []byte, w *Batch) {
	if c.session == nil {
		if c.strange++; c.strange > maxStrange || len(b) == 0 || b[0] > 3 {
			c.end(TCPStranger)
			return
		}
	}
	c.t.packet(&c.book, now, datagram{b: b}, w)
}
