package sfu

import (
	"encoding/binary"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// payloadAt is where a packet's payload begins in Batch.Plain: after the
// longest header, so that it is copied once whatever header a listener gets.
const (
	headerSize   = 16 // with one CSRC
	maxExtension = 12 // the profile's word, then level and transport-wide number in two more
	payloadAt    = headerSize + maxExtension
)

// packet is one packet of voice on its way to listeners, in a slot of the room.
type packet struct {
	id       uint32 // counts the room's packets
	now      int64
	slot     int
	seq      uint16 // of the slot
	ts       uint32
	marker   bool
	csrc     uint32
	level    byte // RFC 6464, with its voice bit
	hasLevel bool
	low      bool // of the low layer
	red      bool // the payload is redundant Opus (RFC 2198)
	end      int  // of the payload in Batch.Plain
}

// numbers are what differs from listener to listener.
type numbers struct {
	seq  uint16
	ts   uint32
	wide uint16 // transport-wide
}

// write makes the packet as one listener's slot has it, in front of the
// payload that stands in plain, and returns it. Given the same it writes the
// same, byte for byte: a retransmission under an SRTP index that was used
// before relies on it. The only CSRC is the speaker's.
func (k *packet) write(plain []byte, s *outSlot, n numbers) []byte {
	// Extensions with one-byte headers (RFC 8285 section 4.2).
	var e [maxExtension]byte
	used := 4
	if k.hasLevel && s.levelID != 0 {
		e[used], e[used+1] = s.levelID<<4, k.level
		used += 2
	}
	if s.twccID != 0 {
		e[used] = s.twccID<<4 | 1
		binary.BigEndian.PutUint16(e[used+1:], n.wide)
		used += 3
	}
	first, size := byte(2<<6|1), 0
	if used > 4 {
		size = (used + 3) &^ 3
		e[0], e[1], e[3] = 0xBE, 0xDE, byte(size/4-1)
		first |= 1 << 4
		copy(plain[payloadAt-size:payloadAt], e[:size])
	}
	b := plain[payloadAt-size-headerSize : k.end]
	b[0], b[1] = first, s.opusPT
	if k.red {
		b[1] = s.redPT
	}
	if k.marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], n.seq)
	binary.BigEndian.PutUint32(b[4:], n.ts)
	binary.BigEndian.PutUint32(b[8:], s.ssrc)
	binary.BigEndian.PutUint32(b[12:], k.csrc)
	return b
}

// overhead is what a packet has on the wire beyond RTP's bytes: the
// authentication tag of AES-GCM and the headers of UDP and IPv4.
const overhead = 16 + wireHeaders

// wireHeaders are those of UDP and IPv4.
const wireHeaders = 8 + 20

// send hands the packet, whose payload stands in Batch.Plain, to one listener;
// it is false when he has no path.
func (k *packet) send(l *link, s *outSlot, seq uint16, ts uint32, w *transport.Batch) bool {
	return k.sendFrom(w.Plain[:], true, l, s, seq, ts, w)
}

// sendFrom is send with the payload in plain. It can be sent again when its
// bytes are those of the room's history.
func (k *packet) sendFrom(plain []byte, again bool, l *link, s *outSlot, seq uint16, ts uint32, w *transport.Batch) bool {
	n := numbers{seq: seq, ts: ts}
	if s.twccID != 0 {
		n.wide = l.down.seq
	}
	b := k.write(plain, s, n)
	if !l.session.SealRTP(b, w) {
		return false
	}
	if s.twccID != 0 {
		l.down.sent(k.now, l.peer.sfu.tr.Stalls(), len(b)+overhead)
	}
	l.sentBytes += uint32(len(b) + overhead)
	switch {
	case !s.nack:
	case !again:
		s.recent[seq%historySize].sent = false // of a number that came round
	default:
		s.recent[seq%historySize] = sentPacket{numbers: n, id: k.id, slot: uint8(k.slot), low: k.low, sent: true}
	}
	s.sent++
	s.octets += uint32(k.end - payloadAt)
	s.lastSent = k.now
	if !l.peer.firstMedia {
		l.peer.firstMedia, l.peer.news.firstMedia = true, true
	}
	return true
}
