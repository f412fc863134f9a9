package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

const (
	// readBuffer is what is asked of the kernel: a burst of some thousand voice
	// packets while the reader is at work.
	readBuffer = 4 << 20
	// writeBuffer is less: what waits in there gets late where nobody can choose
	// any more. It has room for some 1,300 voice packets, 0.2 s at 10 Mbit/s; a
	// larger burst goes to the backlog.
	writeBuffer = 512 << 10
)

// idleWake is how long a reader sleeps at most, so that closed sessions leave
// its address map also when nothing arrives.
const idleWake = 500 * time.Millisecond

// socket is one UDP socket and what its reader owns.
type socket struct {
	conn     *net.UDPConn
	counters *Counters
	platform
	book
	backlog backlog
}

func listen(index int, network, addr string, c *Counters) (*socket, error) {
	var lc net.ListenConfig
	pc, err := lc.ListenPacket(context.Background(), network, addr)
	if err != nil {
		return nil, err
	}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		_ = pc.Close()
		return nil, fmt.Errorf("%s is not a UDP socket", network)
	}
	_ = conn.SetReadBuffer(readBuffer) // the kernel's limit may be lower: best effort
	_ = conn.SetWriteBuffer(writeBuffer)
	s := &socket{conn: conn, counters: c, book: book{index: index, byAddr: make(map[netip.AddrPort]owner)}}
	s.backlog.init(s)
	if err := s.platform.init(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

// read is the socket's reader; it returns when the socket is closed.
func (t *Transport) read(s *socket) {
	defer t.wg.Done()
	w := newBatch(t.sockets)
	in := newReceiver()
	for {
		_ = s.conn.SetReadDeadline(time.Now().Add(idleWake))
		n, err := in.receive(s)
		s.sweep()
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			if errors.Is(err, net.ErrClosed) {
				return
			}
			t.counters.ReadErrors.Add(1)
			continue
		}
		now := t.Now()
		for i := range n {
			d := in.packet(i)
			if d.cut {
				t.counters.Truncated.Add(1)
				continue
			}
			t.packet(&s.book, now, d, w)
		}
		w.flush()
	}
}
