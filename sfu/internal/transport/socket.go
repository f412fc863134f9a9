package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// socketBuffer is what is asked of the kernel for each direction: a burst of
// some thousand voice packets.
const socketBuffer = 4 << 20

// idleWake is how long a reader sleeps at most, so that closed sessions leave
// its address map also when nothing arrives.
const idleWake = 500 * time.Millisecond

// socket is one UDP socket and what its reader owns.
type socket struct {
	index    int
	conn     *net.UDPConn
	counters *Counters
	platform

	// Owned by the reader.
	byAddr map[netip.AddrPort]*Session

	mu     sync.Mutex
	closed []*Session // sessions whose addresses the reader is to forget
	dirty  atomic.Bool
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
	_ = conn.SetReadBuffer(socketBuffer) // the kernel's limit may be lower: best effort
	_ = conn.SetWriteBuffer(socketBuffer)
	s := &socket{index: index, conn: conn, counters: c, byAddr: make(map[netip.AddrPort]*Session)}
	if err := s.platform.init(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

// forget asks the reader to drop a closed session's addresses.
func (s *socket) forget(c *Session) {
	s.mu.Lock()
	s.closed = append(s.closed, c)
	s.mu.Unlock()
	s.dirty.Store(true)
}

func (s *socket) sweep() {
	if !s.dirty.Swap(false) {
		return
	}
	s.mu.Lock()
	gone := s.closed
	s.closed = nil
	s.mu.Unlock()
	for _, c := range gone {
		for _, a := range c.takeKnown(s.index) {
			if s.byAddr[a] == c {
				delete(s.byAddr, a)
			}
		}
	}
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
			t.packet(s, now, in.packet(i), w)
		}
		w.flush()
	}
}
