package rtpmap

import (
	"errors"
	"fmt"
)

// The limits of a block's header (RFC 2198 section 3): 14 bits of timestamp
// offset and 10 of length.
const (
	maxREDOffset  = 1<<14 - 1
	maxREDPayload = 1<<10 - 1
)

// Block is an earlier frame within a packet of redundant audio (RFC 2198).
type Block struct {
	// Offset is how many RTP ticks before the packet's own timestamp the frame
	// begins: 0 to 16383, 341 ms.
	Offset uint32
	// Payload is the frame as it was, at most 1023 bytes.
	Payload []byte
}

func (b Block) fits() bool {
	return b.Offset <= maxREDOffset && len(b.Payload) <= maxREDPayload && len(b.Payload) > 0
}

// The reasons why a packet is not redundant audio as RFC 2198 has it.
var (
	errREDShort   = errors.New("rtpmap: redundant audio ends within its headers")
	errREDBounds  = errors.New("rtpmap: a redundant block is longer than its packet")
	errREDDepth   = errors.New("rtpmap: too many redundant blocks")
	errREDPrimary = errors.New("rtpmap: redundant audio without a primary frame")
)

// errREDType is a block of another codec than was agreed. It is a number, so
// that a flood of such packets allocates nothing.
type errREDType uint8

func (e errREDType) Error() string {
	return fmt.Sprintf("rtpmap: redundant block of payload type %d", uint8(e))
}

// redTypes holds every errREDType as an error, made once.
var redTypes = func() (e [128]error) {
	for i := range e {
		e[i] = errREDType(i)
	}
	return e
}()

// AppendRED appends to dst a packet of redundant audio (RFC 2198 section 3)
// with the payload type pt in each block: the headers of earlier, in the order
// given (oldest first), the primary's, and the payloads in the same order.
// Blocks that the format has no room for, and empty ones, are left out. It is
// false, with dst as it was, when none is left or primary is empty: then plain
// Opus says as much in fewer bytes. dst must not overlap the payloads; nothing
// is allocated when it has room.
func AppendRED(dst []byte, pt uint8, earlier []Block, primary []byte) ([]byte, bool) {
	if len(primary) == 0 {
		return dst, false
	}
	start := len(dst)
	for _, b := range earlier {
		if b.fits() {
			n := len(b.Payload)
			dst = append(dst, 0x80|pt, byte(b.Offset>>6), byte(b.Offset<<2)|byte(n>>8), byte(n))
		}
	}
	if len(dst) == start {
		return dst, false
	}
	dst = append(dst, pt&0x7f)
	for _, b := range earlier {
		if b.fits() {
			dst = append(dst, b.Payload...)
		}
	}
	return append(dst, primary...), true
}

// ReadRED takes a packet of redundant audio (RFC 2198 section 3) apart: the
// earlier frames, oldest first as they were sent, and the packet's own. Each
// block must have the payload type pt. blocks is the caller's memory: more
// than cap(blocks) earlier blocks are an error, and earlier is a part of it.
// The payloads alias b. Earlier blocks without a payload, which say nothing,
// are left out, but counted. Nothing is allocated.
func ReadRED(b []byte, pt uint8, blocks []Block) (earlier []Block, primary []byte, err error) {
	headers, bodies := 0, 0 // of the earlier blocks: how many, how long in all
	at := 0
	for ; ; at += 4 {
		if at >= len(b) {
			return nil, nil, errREDShort
		}
		if t := b[at] & 0x7f; t != pt {
			return nil, nil, redTypes[t]
		}
		if b[at]&0x80 == 0 {
			break
		}
		if at+4 > len(b) {
			return nil, nil, errREDShort
		}
		if headers++; headers > cap(blocks) {
			return nil, nil, errREDDepth
		}
		bodies += int(b[at+2]&3)<<8 | int(b[at+3])
	}
	at++
	switch rest := len(b) - at; {
	case bodies > rest:
		return nil, nil, errREDBounds
	case bodies == rest:
		return nil, nil, errREDPrimary
	}
	earlier = blocks[:0]
	for h := range headers {
		head := b[4*h:]
		n := int(head[2]&3)<<8 | int(head[3])
		if n > 0 {
			offset := uint32(head[1])<<6 | uint32(head[2])>>2
			earlier = append(earlier, Block{Offset: offset, Payload: b[at : at+n : at+n]})
		}
		at += n
	}
	return earlier, b[at:], nil
}
