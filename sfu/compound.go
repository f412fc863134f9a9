package sfu

import (
	"encoding/binary"

	"github.com/pion/rtcp"
)

const (
	// maxCompound bounds the packets of a compound: a browser's has two or
	// three, Pion's one for each stream.
	maxCompound = 32
	// maxItems bounds what a compound's NACKs ask for and its transport-wide
	// feedback tells of: 24 bytes of the latter may speak of 65,535 packets,
	// and a parser would make room for each.
	maxItems = 1024
	// nackFCI and twccFCI are where the feedback control information of NACK
	// (RFC 4585 section 6.2.1) and the packet status count of transport-wide
	// feedback stand.
	nackFCI = 12
	twccFCI = 14
)

// compound walks a decrypted compound (RFC 3550 appendix A.2) or reduced-size
// (RFC 5506) RTCP packet, whose bytes are what is still ahead. It passes over
// what the SFU does not read, so nobody parses what nobody wants, and ends at
// the first packet that is malformed or would cost too much: what stood before
// it has been read by then.
type compound struct {
	ahead          []byte
	packets, items int
	bad            bool // it ended before its end
}

// next is the next packet that is read: whole, with its header and without its
// padding. ok is false at the end, and from then on.
func (c *compound) next() (p []byte, ok bool) {
	for len(c.ahead) > 0 {
		b := c.ahead
		if len(b) < 4 || b[0]>>6 != 2 || c.packets == maxCompound {
			return c.refuse()
		}
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			return c.refuse()
		}
		c.packets++
		p, c.ahead = b[:size:size], b[size:]
		items, read := itemsOf(p)
		if !read {
			continue
		}
		if c.items += items; c.items > maxItems {
			return c.refuse()
		}
		if p[0]&(1<<5) != 0 { // feedback pads itself to whole words, also amid others
			pad := int(p[size-1])
			if pad == 0 || pad > size-4 {
				return c.refuse()
			}
			p = p[:size-pad]
		}
		return p, true
	}
	return nil, false
}

func (c *compound) refuse() ([]byte, bool) {
	c.ahead, c.bad = nil, true
	return nil, false
}

// itemsOf is how much a packet of feedback asks for or tells of, 0 for a report
// or a goodbye; read is false for a kind that the SFU does not read.
func itemsOf(p []byte) (items int, read bool) {
	switch rtcp.PacketType(p[1]) {
	case rtcp.TypeSenderReport, rtcp.TypeReceiverReport, rtcp.TypeGoodbye:
		return 0, true
	case rtcp.TypeTransportSpecificFeedback:
		switch format := p[0] & 0x1f; {
		case format == rtcp.FormatTLN && len(p) > nackFCI:
			return (len(p) - nackFCI) / 4, true
		case format == rtcp.FormatTCC && len(p) >= twccFCI+2:
			return int(binary.BigEndian.Uint16(p[twccFCI:])), true
		}
	}
	return 0, false
}
