package loadtest

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// A packet of load is an Opus packet to all who do not decode it: a table of
// contents byte of CELT fullband in 20 ms frames (RFC 6716 section 3.1), then
// a mark, the talker, the send time and a counter, then noise.
const (
	toc        = 0xf8
	mark       = 0xb01703e2
	headerSize = 1 + 4 + 4 + 8 + 8
	// Opus at 48 kbit/s makes 120 bytes of 20 ms on average, and varies.
	minSize, maxSize = 90, 150
	frameTime        = 20 * time.Millisecond
	frameTicks       = 960 // of the 48 kHz RTP clock
)

// stamp is what a packet of load says of itself.
type stamp struct {
	talker uint32
	sentNs int64
	n      uint64 // counts the talker's packets from 1
}

// pack writes a packet of a plausible size into buf and returns it.
func pack(buf []byte, s stamp, r *rand.Rand) []byte {
	b := buf[:minSize+r.IntN(maxSize-minSize+1)]
	b[0] = toc
	binary.BigEndian.PutUint32(b[1:], mark)
	binary.BigEndian.PutUint32(b[5:], s.talker)
	binary.BigEndian.PutUint64(b[9:], uint64(s.sentNs))
	binary.BigEndian.PutUint64(b[17:], s.n)
	for i := headerSize; i < len(b); i++ {
		b[i] = byte(r.Uint32())
	}
	return b
}

// unpack reads a packet; it is false for what is none of ours, such as the
// silence that a server adds.
func unpack(b []byte) (stamp, bool) {
	if len(b) < headerSize || b[0] != toc || binary.BigEndian.Uint32(b[1:]) != mark {
		return stamp{}, false
	}
	return stamp{
		talker: binary.BigEndian.Uint32(b[5:]),
		sentNs: int64(binary.BigEndian.Uint64(b[9:])),
		n:      binary.BigEndian.Uint64(b[17:]),
	}, true
}
