package httpapi

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/contrib/websocket"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	// writeTimeout is how long one message may take to reach the socket's buffer.
	writeTimeout = 10 * time.Second
	// closeTimeout is how long the other side has to answer a close.
	closeTimeout = time.Second
	// maxDrain is how much is read from a side that goes on sending after it
	// was closed, in bytes.
	maxDrain = 1 << 20
)

var (
	errClosed = errors.New("httpapi: the socket was closed from here")
	errBinary = errors.New("httpapi: a binary message, and the contract is text")
)

// wsConn is signaling.Conn over one WebSocket.
type wsConn struct {
	ws     *websocket.Conn
	once   sync.Once
	closed atomic.Bool // Close was called
	ended  atomic.Bool // reading has come to its end
	broken atomic.Bool // a message was too big: its rest is unread
}

func newConn(ws *websocket.Conn) *wsConn {
	ws.SetReadLimit(wire.MaxFrame)
	return &wsConn{ws: ws}
}

// Read returns the next text message. After Close it goes on reading for the
// other side's close, so that the socket ends in order, and returns an error.
func (c *wsConn) Read() ([]byte, error) {
	for {
		kind, message, err := c.ws.ReadMessage()
		switch {
		case err != nil:
			if errors.Is(err, websocket.ErrReadLimit) || err.Error() == websocket.ErrReadLimit.Error() {
				c.broken.Store(true)
				c.closed.Store(true) // the library has sent 1009
			}
			c.ended.Store(true)
			if c.closed.Load() {
				return nil, errors.Join(errClosed, err)
			}
			if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) {
				return nil, io.EOF
			}
			return nil, fmt.Errorf("reading a socket: %w", err)
		case c.closed.Load():
			continue
		case kind != websocket.TextMessage:
			_ = c.Close(websocket.CloseUnsupportedData, "send text")
			return nil, errBinary
		}
		return message, nil
	}
}

// Write sends one text message within the write deadline.
func (c *wsConn) Write(frame []byte) error {
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("writing to a socket: %w", err)
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
		return fmt.Errorf("writing to a socket: %w", err)
	}
	return nil
}

// Close sends a close frame and gives the other side a second to answer it. A
// side that takes nothing any more is cut off.
func (c *wsConn) Close(code int, reason string) error {
	var err error
	c.once.Do(func() {
		c.closed.Store(true)
		deadline := time.Now().Add(closeTimeout)
		if len(reason) > 123 { // RFC 6455 section 5.5
			reason = reason[:123]
		}
		err = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
		// A reader that waits now must end too.
		if deadlineErr := c.ws.SetReadDeadline(deadline); err != nil || deadlineErr != nil {
			// Closing is left to fasthttp, which does it after the handler; a
			// deadline in the past ends what waits now.
			_ = c.ws.NetConn().SetDeadline(time.Unix(1, 0))
		}
	})
	return err
}

// finish reads to the end of the conversation: a socket that is closed while
// there is something unread is reset by the system, and the other side may
// lose the close frame that it was sent.
func (c *wsConn) finish() {
	_ = c.Close(websocket.CloseNormalClosure, "")
	if c.broken.Load() {
		_ = c.ws.SetReadDeadline(time.Now().Add(closeTimeout))
		_, _ = io.CopyN(io.Discard, c.ws.NetConn(), maxDrain)
		return
	}
	for read := 0; !c.ended.Load() && read < maxDrain; {
		_, message, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		read += len(message)
	}
}
