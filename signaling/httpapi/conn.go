package httpapi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	// writeTimeout is how long one write may take at least to reach the
	// socket's buffer; it is half as long again at most.
	writeTimeout = 10 * time.Second
	// closeTimeout is how long the other side has to answer a close.
	closeTimeout = time.Second
	// resumedTimeout is the same for a socket that its client has let go.
	resumedTimeout = 20 * time.Millisecond
	// maxDrain is how much is read from a side that goes on sending after it
	// was closed, in bytes.
	maxDrain = 1 << 20
	// readBuffer holds a frame's header and most messages, in bytes: an idle
	// socket keeps it.
	readBuffer = 256
)

var (
	errClosed = errors.New("httpapi: the socket was closed from here")
	errBinary = errors.New("httpapi: a binary message, and the contract is text")
)

// wsConn is signaling.Conn over one WebSocket (RFC 6455), server side. It has
// no goroutine and next to no memory of its own.
type wsConn struct {
	net    net.Conn
	in     *bufio.Reader
	once   sync.Once
	closed atomic.Bool // Close was called
	ended  atomic.Bool // reading has come to its end
	broken atomic.Bool // a message was too big: its rest is unread
	frames atomic.Uint64

	mu      sync.Mutex // a frame is written whole
	writeBy time.Time  // the write deadline that is set
}

// newConn takes a connection whose handshake is done. ahead is what was read
// of it already.
func newConn(conn net.Conn, ahead []byte) *wsConn {
	var from io.Reader = conn
	if len(ahead) > 0 {
		from = io.MultiReader(bytes.NewReader(ahead), conn)
	}
	return &wsConn{net: conn, in: bufio.NewReaderSize(from, readBuffer)}
}

// closing is a close that was received, or that a mistake of the other side
// calls for.
type closing struct {
	code ws.StatusCode
	// sent says that the other side has closed, and waits for the answer.
	sent bool
}

func (c closing) Error() string { return fmt.Sprintf("httpapi: closed with %d", c.code) }

// Read returns the next text message. After Close it goes on reading for the
// other side's close, so that the socket ends in order, and returns an error.
func (c *wsConn) Read() ([]byte, error) {
	for {
		kind, message, err := c.message()
		switch {
		case err != nil:
			return nil, c.end(err)
		case c.closed.Load():
			continue
		case kind != ws.OpText:
			_ = c.Close(int(ws.StatusUnsupportedData), "send text")
			return nil, errBinary
		}
		return message, nil
	}
}

// end says why there is nothing more to read, and answers a close.
func (c *wsConn) end(err error) error {
	c.ended.Store(true)
	here := c.closed.Load()
	var by closing
	if errors.As(err, &by) {
		_ = c.Close(int(by.code), "")
		if !by.sent {
			c.broken.Store(true)
		}
	}
	switch {
	case here:
		return errors.Join(errClosed, err)
	case by.sent && (by.code == ws.StatusNormalClosure || by.code == ws.StatusGoingAway || by.code == ws.StatusNoStatusRcvd):
		return io.EOF
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF // without a close the client was lost, and may resume
	}
	return fmt.Errorf("reading a socket: %w", err)
}

// message reads one message, which may come in fragments with control frames
// between them (RFC 6455 section 5.4), and answers those.
func (c *wsConn) message() (kind ws.OpCode, message []byte, err error) {
	state := ws.StateServerSide
	for {
		h, err := ws.ReadHeader(c.in)
		if err != nil {
			return 0, nil, err
		}
		c.frames.Add(1)
		if err := ws.CheckHeader(h, state); err != nil {
			return 0, nil, closing{code: ws.StatusProtocolError}
		}
		if h.Length > int64(wire.MaxFrame-len(message)) {
			return 0, nil, closing{code: ws.StatusMessageTooBig}
		}
		from := len(message)
		if h.OpCode.IsControl() {
			from = 0
		}
		part := make([]byte, from+int(h.Length))
		if !h.OpCode.IsControl() {
			copy(part, message)
		}
		if _, err := io.ReadFull(c.in, part[from:]); err != nil {
			return 0, nil, err
		}
		ws.Cipher(part[from:], h.Mask, 0)
		if h.OpCode.IsControl() {
			if err := c.control(h.OpCode, part); err != nil {
				return 0, nil, err
			}
			continue
		}
		if message = part; h.OpCode != ws.OpContinuation {
			kind = h.OpCode
		}
		if h.Fin {
			return kind, message, nil
		}
		state = state.Set(ws.StateFragmented)
	}
}

// control answers a ping, and turns a close into an error.
func (c *wsConn) control(kind ws.OpCode, payload []byte) error {
	switch kind {
	case ws.OpPing:
		return c.write(ws.OpPong, payload)
	case ws.OpClose:
		code, reason := ws.ParseCloseFrameData(payload)
		if len(payload) > 0 && ws.CheckCloseFrameData(code, reason) != nil {
			return closing{code: ws.StatusProtocolError}
		}
		return closing{code: code, sent: true}
	}
	return nil
}

// Ping asks the other side for a pong (RFC 6455 section 5.5.2).
func (c *wsConn) Ping() error { return c.write(ws.OpPing, nil) }

// Heard is how many frames have come so far.
func (c *wsConn) Heard() uint64 { return c.frames.Load() }

// outPool holds the memory that messages are put together in.
var outPool = sync.Pool{New: func() any { return new([]byte) }}

// Write sends text messages in one piece, within the write deadline.
func (c *wsConn) Write(messages [][]byte) error { return c.write(ws.OpText, messages...) }

func (c *wsConn) write(kind ws.OpCode, messages ...[]byte) error {
	buf := outPool.Get().(*[]byte)
	defer outPool.Put(buf)
	out := (*buf)[:0]
	for _, m := range messages {
		out = appendHeader(out, kind, len(m))
		out = append(out, m...)
	}
	if *buf = out[:0]; cap(out) > 128<<10 {
		*buf = nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return errClosed
	}
	// Setting a deadline costs as much as a small write, so one serves for a while.
	if now := time.Now(); c.writeBy.Sub(now) < writeTimeout {
		c.writeBy = now.Add(writeTimeout * 3 / 2)
		if err := c.net.SetWriteDeadline(c.writeBy); err != nil {
			return fmt.Errorf("writing to a socket: %w", err)
		}
		if c.closed.Load() { // since: Close has set its own
			return errClosed
		}
	}
	if _, err := c.net.Write(out); err != nil {
		return fmt.Errorf("writing to a socket: %w", err)
	}
	return nil
}

// appendHeader writes the header of a whole, unmasked frame (RFC 6455 section
// 5.2).
func appendHeader(out []byte, kind ws.OpCode, length int) []byte {
	out = append(out, 0x80|byte(kind))
	switch {
	case length < 126:
		return append(out, byte(length))
	case length < 1<<16:
		return append(out, 126, byte(length>>8), byte(length))
	}
	out = append(out, 127)
	for shift := 56; shift >= 0; shift -= 8 {
		out = append(out, byte(length>>shift))
	}
	return out
}

// Close sends a close frame and gives the other side a second to answer it, or
// next to none where its client is on another socket by now. A side that takes
// nothing any more is cut off.
func (c *wsConn) Close(code int, reason string) error {
	var err error
	c.once.Do(func() {
		patience := closeTimeout
		if reason == signaling.ReasonResumed {
			patience = resumedTimeout
		}
		deadline := time.Now().Add(patience)
		// This ends a write that waits, in time, and a reader that does.
		err = errors.Join(c.net.SetWriteDeadline(deadline), c.net.SetReadDeadline(deadline))
		c.closed.Store(true)
		c.mu.Lock()
		defer c.mu.Unlock()
		_ = c.net.SetWriteDeadline(deadline) // a write may have set its own between
		if len(reason) > 123 {               // RFC 6455 section 5.5
			reason = reason[:123]
		}
		var body []byte
		if status := ws.StatusCode(code); status != ws.StatusNoStatusRcvd && status != ws.StatusAbnormalClosure {
			body = ws.NewCloseFrameBody(status, reason)
		}
		if _, writeErr := c.net.Write(append(appendHeader(nil, ws.OpClose, len(body)), body...)); writeErr != nil {
			err = errors.Join(err, writeErr)
			_ = c.net.SetReadDeadline(time.Unix(1, 0))
		}
	})
	return err
}

// finish reads to the end of the conversation: a socket that is closed while
// there is something unread is reset by the system, and the other side may
// lose the close frame that it was sent. Then it closes the connection.
func (c *wsConn) finish() {
	_ = c.Close(int(ws.StatusNormalClosure), "")
	defer c.net.Close() // there is nobody to tell
	if c.broken.Load() {
		_ = c.net.SetReadDeadline(time.Now().Add(closeTimeout))
		_, _ = io.CopyN(io.Discard, c.net, maxDrain)
		return
	}
	for read := 0; !c.ended.Load() && read < maxDrain; {
		_, message, err := c.message()
		if err != nil {
			return
		}
		read += len(message)
	}
}
