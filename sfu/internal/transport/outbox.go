package transport

import (
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"time"
)

const (
	// outboxFrames bounds what waits for one connection: a second of two
	// talkers, or a handshake's flight and some reports.
	outboxFrames = 96
	// Voice that waited this long for a connection is not worth sending, which is
	// longer than of a socket: TCP needs a round trip and more to mend a loss, and
	// what a listener's buffer has grown to meanwhile is not late for it.
	frameWaits = 250 * time.Millisecond
	// outboxChunk is how much a connection's writer takes upon itself at once.
	outboxChunk = 4096
)

// frame is a datagram with its length in front of it.
type frame struct {
	b     []byte
	at    time.Time
	voice bool
}

// outbox is what goes to one connection. Whoever puts frames into it flushes it
// without waiting: as long as the kernel takes all, that is the end of it. What
// it does not take waits here, the newest voice in place of the oldest, for a
// writer that there is only so long. Its mutex is the connection's own.
type outbox struct {
	c *connection
	vector

	mu      sync.Mutex
	frames  []frame // oldest first
	off     int     // bytes of the first that the kernel has
	spare   [][]byte
	writing bool // there is a writer
	closed  bool
	writers sync.WaitGroup
}

func (o *outbox) init(c *connection) error {
	o.c = c
	return o.vector.init(c.conn)
}

// put adds a datagram.
func (c *connection) put(p []byte) {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		c.t.counters.SendDropped.Add(1)
		return
	}
	if len(o.frames) >= outboxFrames {
		o.giveUp(o.oldest())
		c.t.counters.TCPOverflow.Add(1)
	}
	var b []byte
	if n := len(o.spare); n > 0 {
		b, o.spare = o.spare[n-1], o.spare[:n-1]
	}
	b = binary.BigEndian.AppendUint16(b[:0], uint16(len(p)))
	o.frames = append(o.frames, frame{b: append(b, p...), at: time.Now(), voice: isVoice(p)})
}

// oldest is the frame to give up first: voice, and never one that the kernel
// has begun with.
func (o *outbox) oldest() int {
	first := 0
	if o.off > 0 {
		first = 1
	}
	for i := first; i < len(o.frames); i++ {
		if o.frames[i].voice {
			return i
		}
	}
	return first
}

func (o *outbox) giveUp(i int) {
	o.spare = append(o.spare, o.frames[i].b)
	n := len(o.frames) - 1
	copy(o.frames[i:], o.frames[i+1:])
	o.frames[n] = frame{}
	o.frames = o.frames[:n]
}

// sent takes off n bytes that the kernel has.
func (o *outbox) sent(n int) {
	done := 0
	for o.off += n; done < len(o.frames) && o.off >= len(o.frames[done].b); done++ {
		o.off -= len(o.frames[done].b)
		o.spare = append(o.spare, o.frames[done].b)
	}
	left := copy(o.frames, o.frames[done:])
	clear(o.frames[left:])
	o.frames = o.frames[:left]
	o.c.t.counters.Sent.Add(uint64(done))
}

// expire gives up the voice that waited too long.
func (o *outbox) expire() {
	for i := 0; i < len(o.frames); i++ {
		if f := &o.frames[i]; f.voice && (i > 0 || o.off == 0) && time.Since(f.at) > frameWaits {
			o.giveUp(i)
			o.c.t.counters.TCPStale.Add(1)
			i--
		}
	}
}

// flush offers what there is to the kernel, without waiting.
func (c *connection) flush() {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.writing && !o.closed && len(o.frames) > 0 {
		n, offered, err := o.vector.send(o.frames, o.off)
		if err != nil {
			c.end(TCPPeer)
			return
		}
		if o.sent(n); n < offered {
			o.writing = true
			o.writers.Add(1)
			go c.write()
		}
	}
}

// write sends what waits, until nothing does or the connection has ended.
func (c *connection) write() {
	o := &c.out
	defer o.writers.Done()
	b := make([]byte, 0, outboxChunk)
	for {
		if b = o.chunk(b[:0]); len(b) == 0 {
			return
		}
		for len(b) > 0 {
			_ = c.conn.SetWriteDeadline(time.Now().Add(c.t.gate.limits.stalled))
			n, err := c.conn.Write(b)
			b = b[n:]
			if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
				c.end(TCPStalled)
				return
			}
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				c.end(TCPPeer)
				return
			}
		}
	}
}

// chunk takes what the writer sends next, whole frames; without any there is
// no writer any more.
func (o *outbox) chunk(b []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.expire()
	n := 0
	for i := range o.frames {
		f := o.frames[i].b
		if i == 0 {
			f = f[o.off:]
		}
		if n += len(f); n > outboxChunk {
			n -= len(f)
			break
		}
		b = append(b, f...)
	}
	o.sent(n)
	if o.closed || n == 0 {
		o.writing = false
		return nil
	}
	return b
}

// close waits for the writer. The connection is closed.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.frames, o.spare = nil, nil
	o.mu.Unlock()
	o.writers.Wait()
}
