package transport

import (
	"bytes"

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
	// maxStreamsAtOnce is how many frames to connections a batch collects before
	// it sends them.
	maxStreamsAtOnce = 256
)

// Batch collects the datagrams that one goroutine sends while it works on what
// it has read, and sends them together. It belongs to that goroutine.
type Batch struct {
	queues  []sendQueue   // by socket
	streams []*connection // that frames were put into

	from place // where the packet that is being handled came from

	// Scratch for the goroutine that owns the batch, so that the packet path
	// does not allocate.
	in      rtp.Header
	out     rtp.Header
	inRTCP  rtcp.Header
	outRTCP rtcp.Header
	Plain   [bufferSize]byte // for the packet being made
	Other   [bufferSize]byte // for one listener's own form of it
	sealed  [bufferSize]byte // for what goes to a connection
}

func newBatch(sockets []*socket) *Batch {
	b := &Batch{queues: make([]sendQueue, len(sockets))}
	for i, s := range sockets {
		b.queues[i].init(s)
	}
	return b
}

// buffer is where the next datagram to r is made; commit takes it over.
func (b *Batch) buffer(r *route) []byte {
	if r.stream != nil {
		return b.sealed[:0]
	}
	return b.queues[r.socket].next()
}

// commit queues a datagram made in buffer's memory (or grown out of it).
func (b *Batch) commit(p []byte, r *route) {
	if r.stream == nil {
		b.queues[r.socket].add(p, r)
		return
	}
	r.stream.put(p)
	if b.streams = append(b.streams, r.stream); len(b.streams) >= maxStreamsAtOnce {
		b.flushStreams()
	}
}

// send copies p into the batch.
func (b *Batch) send(p []byte, r *route) { b.commit(append(b.buffer(r), p...), r) }

// flush sends all that was committed. What a full socket does not take waits
// in its backlog, and a connection's frames with it.
func (b *Batch) flush() {
	for i := range b.queues {
		b.queues[i].flush()
	}
	b.flushStreams()
}

func (b *Batch) flushStreams() {
	for _, c := range b.streams {
		c.flush()
	}
	clear(b.streams) // a batch keeps no connection that has ended
	b.streams = b.streams[:0]
}

// isVoice tells SRTP from SRTCP, STUN and DTLS (RFC 7983, RFC 5761 section 4).
func isVoice(b []byte) bool {
	return len(b) > 1 && b[0] >= 128 && b[0] <= 191 && (b[1] < 192 || b[1] > 223)
}

// route is how datagrams of one path go.
type route struct {
	place
	raw rawAddr // of a socket's
	// origin makes datagrams leave from the address that the client reached,
	// on a machine with several; nil where the system sees to it.
	origin []byte
}

// same says whether datagrams go the same way by both.
func (r *route) same(o *route) bool {
	return r.place == o.place && bytes.Equal(r.origin, o.origin)
}

// datagram is one that was read, valid until the next read.
type datagram struct {
	b       []byte
	from    *rawAddr // nil for a connection's
	control []byte   // what the system says of it
	cut     bool     // it was longer than the buffer
}
