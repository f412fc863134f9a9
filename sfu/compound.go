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

// readable checks a decrypted compound (RFC 3550 appendix A.2) or reduced-size
// (RFC 5506) RTCP packet and leaves of it, in place, what the SFU reads: nobody
// parses what nobody wants. ok is false for one that is malformed or would
// cost too much.
func readable(b []byte) (out []byte, ok bool) {
	out = b[:0]
	items := 0
	for n := 0; len(b) > 0; n++ {
		if len(b) < 4 || b[0]>>6 != 2 || n == maxCompound {
			return nil, false
		}
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			return nil, false
		}
		p := b[:size]
		b = b[size:]
		switch format := p[0] & 0x1f; rtcp.PacketType(p[1]) {
		case rtcp.TypeSenderReport, rtcp.TypeReceiverReport, rtcp.TypeGoodbye:
		case rtcp.TypeTransportSpecificFeedback:
			switch {
			case format == rtcp.FormatTLN && size > nackFCI:
				items += (size - nackFCI) / 4
			case format == rtcp.FormatTCC && size >= twccFCI+2:
				items += int(binary.BigEndian.Uint16(p[twccFCI:]))
			default:
				continue
			}
		default:
			continue
		}
		if items > maxItems {
			return nil, false
		}
		out = append(out, p...) // moves it forward: out never passes b
	}
	return out, true
}
