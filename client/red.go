package client

import "encoding/binary"

const (
	// maxRedundancy is how many earlier packets one may repeat.
	maxRedundancy = 3
	// maxRED bounds a redundant payload, so that it fits any path's datagram.
	maxRED = 1100
	// maxBlock and maxBack are what a block's header has room for: 10 bits of
	// length, 14 of the distance to the packet's own timestamp.
	maxBlock, maxBack = 1<<10 - 1, 1<<14 - 1
)

// sentPayload is one payload that was sent; none while it is empty.
type sentPayload struct {
	ts   uint32
	data []byte
}

// recent is what a layer has sent last, the latest at the end.
type recent [maxRedundancy]sentPayload

// add keeps a copy of a payload in place of the oldest.
func (r *recent) add(ts uint32, data []byte) {
	oldest := r[0].data[:0]
	copy(r[:], r[1:])
	r[maxRedundancy-1] = sentPayload{ts: ts, data: append(oldest, data...)}
}

// forget leaves nothing to repeat.
func (r *recent) forget() {
	for i := range r {
		r[i].data = r[i].data[:0]
	}
}

// pack appends to dst the payload of timestamp ts behind up to n earlier ones
// (RFC 2198 section 3), all of payload type pt. Those that are too old, too
// long or too much for one datagram are left out, and with one all that are
// older. It returns nothing but dst when there is none to repeat.
func (r *recent) pack(dst []byte, pt uint8, ts uint32, data []byte, n int) []byte {
	first, room := maxRedundancy, maxRED-1-len(data)
	for first > maxRedundancy-n {
		b := r[first-1]
		back, size := ts-b.ts, len(b.data)
		if size == 0 || size > maxBlock || back == 0 || back > maxBack || 4+size > room {
			break
		}
		room -= 4 + size
		first--
	}
	if first == maxRedundancy {
		return dst
	}
	for _, b := range r[first:] {
		dst = binary.BigEndian.AppendUint32(dst, 1<<31|uint32(pt&0x7f)<<24|(ts-b.ts)<<10|uint32(len(b.data)))
	}
	dst = append(dst, pt&0x7f)
	for _, b := range r[first:] {
		dst = append(dst, b.data...)
	}
	return append(dst, data...)
}
