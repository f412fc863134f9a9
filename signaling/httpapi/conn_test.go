package httpapi

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// tape is a connection on which everything has been sent already; what is
// written to it is kept.
type tape struct {
	net.Conn
	sent *bytes.Reader
	got  bytes.Buffer
}

func (c *tape) Read(b []byte) (int, error)       { return c.sent.Read(b) }
func (c *tape) Write(b []byte) (int, error)      { return c.got.Write(b) }
func (c *tape) Close() error                     { return nil }
func (c *tape) SetDeadline(time.Time) error      { return nil }
func (c *tape) SetReadDeadline(time.Time) error  { return nil }
func (c *tape) SetWriteDeadline(time.Time) error { return nil }

// readAll reads a socket to its end.
func readAll(t *testing.T, sent []byte) (messages [][]byte, answered []byte) {
	conn := &tape{sent: bytes.NewReader(sent)}
	c := newConn(conn, nil)
	for {
		m, err := c.Read()
		if err != nil {
			break
		}
		if len(m) > wire.MaxFrame {
			t.Fatalf("a message of %d bytes", len(m))
		}
		messages = append(messages, m)
		if len(messages) > len(sent) {
			t.Fatal("more messages than bytes")
		}
	}
	return messages, conn.got.Bytes()
}

// FuzzSocket sends what is no WebSocket's, and then the same as the payload of
// a message in two fragments with a ping between them: nothing panics, and the
// message comes as it was sent.
func FuzzSocket(f *testing.F) {
	f.Add([]byte{}, uint8(0))
	f.Add([]byte(`{"type":"ping","requestId":"r"}`), uint8(5))
	f.Add(ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte("hi")))), uint8(1))
	f.Add(ws.MustCompileFrame(ws.MaskFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(1000, "bye")))), uint8(3))
	f.Add([]byte{0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}, uint8(9))
	f.Add([]byte{0x01, 0x80, 1, 2, 3, 4, 0x80, 0x80, 1, 2, 3, 4}, uint8(2))
	f.Fuzz(func(t *testing.T, raw []byte, cut uint8) {
		readAll(t, raw)
		if len(raw) > wire.MaxFrame {
			return
		}
		at := min(int(cut), len(raw))
		mask := [4]byte{cut, 7, 0, 255}
		var sent []byte
		for _, frame := range []ws.Frame{
			ws.NewFrame(ws.OpText, false, bytes.Clone(raw[:at])),
			ws.NewPingFrame([]byte("still there?")),
			ws.NewFrame(ws.OpContinuation, true, bytes.Clone(raw[at:])),
			ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusNormalClosure, "")),
		} {
			sent = append(sent, ws.MustCompileFrame(ws.MaskFrameWith(frame, mask))...)
		}
		messages, answered := readAll(t, sent)
		if len(messages) != 1 || !bytes.Equal(messages[0], raw) {
			t.Fatalf("%q came as %q", raw, messages)
		}
		pong, err := ws.ReadFrame(bytes.NewReader(answered))
		if err != nil || pong.Header.OpCode != ws.OpPong || string(pong.Payload) != "still there?" {
			t.Fatalf("the ping was answered by %q: %v", answered, err)
		}
	})
}
