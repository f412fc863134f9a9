package loadtest

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// A packet of load is an Opus packet to all who do not decode it: a table of
// contents byte of CELT fullband in 20 ms frames (RFC 6716 section 3.1), then
// a mark and a stamp, then noise.
const (
	toc        = 0xf8
	mark       = 0xb01703e3
	headerSize = 1 + 4 + 2 + 1 + 1 + 4 + 8 + 4 + 4 + 2 + 4
	// Opus at 48 kbit/s makes 120 bytes of 20 ms on average, and varies. What
	// is smaller than the stamp, such as comfort noise, is sent in its size.
	minSize, maxSize = 90, 150
	frameTime        = 20 * time.Millisecond
	frameTicks       = 960 // of the 48 kHz RTP clock
	// lowShare is how many times smaller a packet of the low layer is; it has
	// the stamp of the high one's, so that either is the same packet.
	lowShare = 3
)

// Flags of a stamp.
const (
	flagVoice = 1 << iota // there is voice in it, not comfort noise
	flagExact             // the talker's timestamps follow its frames
)

// stamp is what a packet of load says of itself.
type stamp struct {
	talker  uint16 // the participant's number in the run
	life    uint8  // counts the talker's times in voice
	flags   uint8
	csrc    uint32 // the talker's, as the server told it
	sentNs  int64
	n       uint32 // counts the talker's packets from 1
	frame   uint32 // counts its frames of 20 ms, the silent ones too
	spurt   uint16 // counts its talk spurts from 1
	sinceUs uint32 // from the spurt's first packet to this one
}

// pack writes a packet of size bytes, or of the stamp's if that is more, into
// buf and returns it.
func pack(buf []byte, s stamp, size int, r *rand.Rand) []byte {
	b := buf[:min(max(size, headerSize), len(buf))]
	b[0] = toc
	be := binary.BigEndian
	be.PutUint32(b[1:], mark)
	be.PutUint16(b[5:], s.talker)
	b[7], b[8] = s.life, s.flags
	be.PutUint32(b[9:], s.csrc)
	be.PutUint64(b[13:], uint64(s.sentNs))
	be.PutUint32(b[21:], s.n)
	be.PutUint32(b[25:], s.frame)
	be.PutUint16(b[29:], s.spurt)
	be.PutUint32(b[31:], s.sinceUs)
	for i := headerSize; i < len(b); i++ {
		b[i] = byte(r.Uint32())
	}
	return b
}

// unpack reads a packet; it is false for what is none of ours, such as the
// silence that a server adds.
func unpack(b []byte) (stamp, bool) {
	be := binary.BigEndian
	if len(b) < headerSize || b[0] != toc || be.Uint32(b[1:]) != mark {
		return stamp{}, false
	}
	return stamp{
		talker: be.Uint16(b[5:]), life: b[7], flags: b[8], csrc: be.Uint32(b[9:]),
		sentNs: int64(be.Uint64(b[13:])), n: be.Uint32(b[21:]), frame: be.Uint32(b[25:]),
		spurt: be.Uint16(b[29:]), sinceUs: be.Uint32(b[31:]),
	}, true
}
