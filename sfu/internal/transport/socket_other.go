//go:build !linux

package transport

import (
	"net"
	"net/netip"
)

// rawAddr is a remote address as net.UDPConn takes it.
type rawAddr = netip.AddrPort

// platform has nothing beside net.UDPConn: one datagram a call.
type platform struct{}

func (*platform) init(*net.UDPConn) error { return nil }

// origin is nothing here: the system chooses where a datagram leaves from.
func origin([]byte) []byte { return nil }

// writeTo sends one datagram outside any batch.
func (s *socket) writeTo(b []byte, r *route) (int, error) {
	return s.conn.WriteToUDPAddrPort(b, r.addr)
}

func addrOf(r *rawAddr) netip.AddrPort {
	return netip.AddrPortFrom(r.Addr().Unmap().WithZone(""), r.Port())
}

type receiver struct {
	n    int
	from rawAddr
	buf  [bufferSize]byte
}

func newReceiver() *receiver { return &receiver{} }

func (r *receiver) receive(s *socket) (int, error) {
	n, from, err := s.conn.ReadFromUDPAddrPort(r.buf[:])
	if err != nil {
		return 0, err
	}
	r.n, r.from = n, from
	return 1, nil
}

func (r *receiver) packet(int) datagram {
	return datagram{b: r.buf[:r.n], from: &r.from, cut: r.n == bufferSize}
}

type sendQueue struct {
	discard bool // of a NullBatch
	s       *socket
	n       int
	bufs    [batchSize][]byte
	to      [batchSize]rawAddr
}

func (q *sendQueue) init(s *socket) {
	q.s = s
	for i := range q.bufs {
		q.bufs[i] = make([]byte, 0, bufferSize)
	}
}

func (q *sendQueue) next() []byte {
	if q.n == batchSize {
		q.flush()
	}
	return q.bufs[q.n][:0]
}

func (q *sendQueue) add(p []byte, r *route) {
	q.bufs[q.n], q.to[q.n] = p, r.raw
	q.n++
}

func (q *sendQueue) flush() {
	if q.discard {
		q.n = 0
	}
	for i := range q.n {
		if _, err := q.s.conn.WriteToUDPAddrPort(q.bufs[i], q.to[i]); err != nil {
			q.s.counters.SendDropped.Add(1)
		} else {
			q.s.counters.Sent.Add(1)
		}
	}
	q.n = 0
}

// backlog is Linux's: elsewhere net.UDPConn waits for a full socket.
type backlog struct{}

func (*backlog) init(*socket) {}

func (t *Transport) catchUp(*socket) { t.wg.Done() }
