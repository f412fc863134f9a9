package transport

import (
	"bytes"
	"net/netip"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

const (
	// batchSize is how many datagrams one system call reads or sends at most.
	batchSize = 64
	// bufferSize holds the largest datagram the media path takes or makes.
	bufferSize = 1600
	// maxPlain leaves room for the authentication tag and the SRTCP index.
	maxPlain = bufferSize - 64
)

// Batch collects the datagrams that one goroutine sends while it works on what
// it has read, and sends them together. It belongs to that goroutine.
type Batch struct {
	queues []sendQueue // by socket

	// Where the packet that is being handled came from.
	from       netip.AddrPort
	fromSocket int

	// Scratch for the goroutine that owns the batch, so that the packet path
	// does not allocate.
	in      rtp.Header
	out     rtp.Header
	inRTCP  rtcp.Header
	outRTCP rtcp.Header
	Plain   [bufferSize]byte // for the packet being made
	Other   [bufferSize]byte // for one listener's own form of it
}

func newBatch(sockets []*socket) *Batch {
	b := &Batch{queues: make([]sendQueue, len(sockets))}
	for i, s := range sockets {
		b.queues[i].init(s)
	}
	return b
}

// buffer is where the next datagram to r is made; commit takes it over.
func (b *Batch) buffer(r *route) []byte { return b.queues[r.socket].next() }

// commit queues a datagram made in buffer's memory (or grown out of it).
func (b *Batch) commit(p []byte, r *route) { b.queues[r.socket].add(p, r) }

// send copies p into the batch.
func (b *Batch) send(p []byte, r *route) { b.commit(append(b.buffer(r), p...), r) }

// flush sends all that was committed. What a full socket does not take waits
// in its backlog.
func (b *Batch) flush() {
	for i := range b.queues {
		b.queues[i].flush()
	}
}

// route is where datagrams of one path go: a socket and a remote address.
type route struct {
	socket int
	addr   netip.AddrPort
	raw    rawAddr
	// origin makes datagrams leave from the address that the client reached,
	// on a machine with several; nil where the system sees to it.
	origin []byte
}

// same says whether datagrams go the same way by both.
func (r *route) same(o *route) bool {
	return r.socket == o.socket && r.addr == o.addr && bytes.Equal(r.origin, o.origin)
}

// datagram is one that was read, valid until the next read.
type datagram struct {
	b       []byte
	from    *rawAddr
	control []byte // what the system says of it
	cut     bool   // it was longer than the buffer
}
