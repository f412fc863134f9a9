package client

import (
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// audioLevelURI names the header extension of RFC 6464.
const audioLevelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

// NoLevel is Frame.Level when the packet carried none.
const NoLevel = 255

// Frame is one packet of somebody's voice.
type Frame struct {
	// UserID is whose voice it is, empty for a CSRC that was not announced yet.
	UserID string
	// CSRC is the speaker's (RFC 3550 section 5.1), 0 when the packet has none.
	CSRC uint32
	// Slot is the audio slot, from 0, that the packet came in.
	Slot int
	// Seq and Timestamp (48 kHz) are the slot's, continuous while the speakers
	// in it change. Session counts the PeerConnections; both start anew in each.
	Seq       uint16
	Timestamp uint32
	Session   int
	// Marker is the RTP marker bit.
	Marker bool
	// Level is the audio level in -dBov, 0 (loudest) to 127, or NoLevel.
	Level uint8
	// Payload is one Opus packet (RFC 6716), valid until OnAudio returns.
	Payload []byte
	// ReceivedAt is when it was read from the socket.
	ReceivedAt time.Time
}

// slotMeter counts what one slot has brought. The slot's reader writes, Stats
// reads.
type slotMeter struct {
	packets, bytes, lost, late atomic.Uint64

	begun bool   // of the reader alone
	next  uint16 // expected next
}

// session begins another sequence.
func (m *slotMeter) session() { m.begun = false }

// take counts one packet. A gap counts as lost until the missing come late.
func (m *slotMeter) take(h *rtp.Header, n int) {
	m.packets.Add(1)
	m.bytes.Add(uint64(n))
	d := int16(h.SequenceNumber - m.next)
	switch {
	case !m.begun:
		m.begun = true
		m.next = h.SequenceNumber + 1
	case d >= 0:
		m.lost.Add(uint64(d))
		m.next = h.SequenceNumber + 1
	default:
		m.late.Add(1)
	}
}
