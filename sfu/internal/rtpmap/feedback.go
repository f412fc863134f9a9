package rtpmap

import (
	"encoding/binary"
	"errors"
)

// ErrFeedback is transport-wide feedback that is not as its format says.
var ErrFeedback = errors.New("rtpmap: malformed transport-wide feedback")

// maxFeedback bounds the packets that one feedback tells of: voice sends some
// hundreds in the longest interval that clients use, and a run of thousands
// fits in two bytes of a hostile one.
const maxFeedback = 2048

// Arrival is what feedback tells of one packet.
type Arrival struct {
	Seq     uint16 // transport-wide sequence number
	Arrived bool
	// At is when, in microseconds of the receiver's own clock.
	At int64
}

// EachArrival calls f for each packet that a transport-wide feedback packet
// tells of (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1),
// in order. b is the RTCP packet with its header. Nothing is allocated; what
// was told before an error stays told.
func EachArrival(b []byte, f func(Arrival)) error {
	const fixed = 20
	if len(b) < fixed {
		return ErrFeedback
	}
	seq, count := binary.BigEndian.Uint16(b[12:]), int(binary.BigEndian.Uint16(b[14:]))
	// 24 bits with a sign, in units of 64 ms.
	at := int64(int32(binary.BigEndian.Uint32(b[16:])) >> 8 * 64_000)
	if count > maxFeedback {
		return ErrFeedback
	}
	deltas, ok := deltasAt(b, fixed, count)
	if !ok {
		return ErrFeedback
	}
	for chunk := fixed; count > 0; chunk += 2 {
		v := binary.BigEndian.Uint16(b[chunk:])
		n := min(symbolsIn(v), count)
		for i := range n {
			a := Arrival{Seq: seq}
			switch symbol(v, i) {
			case 1: // a small delta: one byte, 250 us each
				if deltas >= len(b) {
					return ErrFeedback
				}
				at += int64(b[deltas]) * 250
				deltas++
				a.Arrived, a.At = true, at
			case 2: // a large or negative delta: two bytes
				if deltas+2 > len(b) {
					return ErrFeedback
				}
				at += int64(int16(binary.BigEndian.Uint16(b[deltas:]))) * 250
				deltas += 2
				a.Arrived, a.At = true, at
			case 3:
				return ErrFeedback // reserved
			}
			f(a)
			seq++
		}
		count -= n
	}
	return nil
}

// deltasAt is where the deltas begin: after the chunks that hold count symbols.
func deltasAt(b []byte, at, count int) (int, bool) {
	for count > 0 {
		if at+2 > len(b) {
			return 0, false
		}
		n := symbolsIn(binary.BigEndian.Uint16(b[at:]))
		if n == 0 {
			return 0, false // a run of none would never end
		}
		count -= n
		at += 2
	}
	return at, true
}

// symbolsIn is how many packets a chunk tells of: a run of up to 8191, or a
// vector of 14 or 7.
func symbolsIn(chunk uint16) int {
	switch {
	case chunk&0x8000 == 0:
		return int(chunk & 0x1fff)
	case chunk&0x4000 == 0:
		return 14
	}
	return 7
}

// symbol is the i-th packet's status: 0 not received, 1 with a small delta,
// 2 with a large one.
func symbol(chunk uint16, i int) uint16 {
	switch {
	case chunk&0x8000 == 0:
		return chunk >> 13 & 3
	case chunk&0x4000 == 0:
		return chunk >> (13 - i) & 1
	}
	return chunk >> (12 - 2*i) & 3
}
