package light

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/pion/rtp"
)

// frameTicks is one frame of 20 ms in the RTP clock of Opus.
const frameTicks = 960

// maxPayload is what fits a packet of ours.
const maxPayload = 1200

// uplink numbers and writes what a peer sends. Numbers go on through repairs
// of the path.
type uplink struct {
	mu        sync.Mutex
	begun     bool
	seq       uint16
	transport uint16
	base      uint32 // timestamp of frame 0

	ts      uint32 // of the last packet, sent at lastNs
	lastNs  int64
	packets uint32
	bytes   uint32
	recent  bool // something was sent since the last report

	header        rtp.Header
	plain, secret [maxPayload + 100]byte
}

// write makes the packet of a frame; mu is held. voice says that the packet
// has somebody's voice in it, first that a talk spurt begins.
func (u *uplink) write(t *terms, frame uint32, payload []byte, level uint8, voice, first bool, ns int64) []byte {
	if !u.begun {
		u.begun, u.seq, u.transport, u.base = true, uint16(rand.Uint32()>>1), uint16(rand.Uint32()), rand.Uint32()
	}
	b := append(u.plain[:0], 0x80, t.payload, 0, 0)
	if first {
		b[1] |= 0x80 // RFC 3551 section 4.1
	}
	binary.BigEndian.PutUint16(b[2:], u.seq)
	u.seq++
	u.ts, u.lastNs, u.recent = u.base+frame*frameTicks, ns, true
	b = binary.BigEndian.AppendUint32(b, u.ts)
	b = binary.BigEndian.AppendUint32(b, t.micSSRC)
	if t.levelID|t.midID|t.transportID != 0 { // RFC 8285 section 4.2
		b[0] |= 0x10
		b = append(b, 0xbe, 0xde, 0, 0)
		at := len(b)
		if t.levelID != 0 {
			if voice {
				level |= 0x80
			}
			b = append(b, t.levelID<<4, level)
		}
		if n := len(t.mid); t.midID != 0 && n > 0 && n <= 16 {
			b = append(append(b, t.midID<<4|uint8(n-1)), t.mid...)
		}
		if t.transportID != 0 {
			b = append(b, t.transportID<<4|1, byte(u.transport>>8), byte(u.transport))
			u.transport++
		}
		for (len(b)-at)%4 != 0 {
			b = append(b, 0)
		}
		binary.BigEndian.PutUint16(b[at-2:], uint16((len(b)-at)/4))
	}
	u.packets++
	u.bytes += uint32(len(payload))
	return append(b, payload...)
}
