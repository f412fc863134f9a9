package rtpmap

import "errors"

const (
	maxOpusFrames = 48               // of 2.5 ms in 120 ms
	maxOpusFrame  = 1275             // bytes
	maxOpusTicks  = 120 * ticksPerMs // of a packet
)

// SilenceFrame is an Opus packet of 20 ms of silence (CELT, full band, mono).
// A few of them after the last packet of a speaker who is stopped abruptly let
// a decoder fade out instead of inventing how he went on.
var SilenceFrame = [...]byte{0xF8, 0xFF, 0xFE}

// The rules of RFC 6716 section 3.4 that a packet breaks.
var (
	errOpusEmpty  = errors.New("rtpmap: empty Opus packet (R1)")
	errOpusLarge  = errors.New("rtpmap: Opus frame of more than 1275 bytes (R2)")
	errOpusOdd    = errors.New("rtpmap: two Opus frames of one size in an even number of bytes (R3)")
	errOpusSecond = errors.New("rtpmap: first of two Opus frames is longer than its packet (R4)")
	errOpusCount  = errors.New("rtpmap: no Opus frame, or more than 120 ms of them (R5)")
	errOpusEven   = errors.New("rtpmap: Opus packet does not divide into its frames (R6)")
	errOpusShort  = errors.New("rtpmap: Opus packet ends within its headers or frames (R6, R7)")
	errOpusMixed  = errors.New("rtpmap: Opus packets of different configurations")
)

// OpusPacket is an Opus packet taken apart (RFC 6716 section 3): the frames of
// one configuration, without padding.
type OpusPacket struct {
	// TOC is the first byte: its upper six bits say what the frames are, its
	// lower two how they were packed.
	TOC byte
	// Frames are the compressed frames, the first Len of them; they alias the
	// packet. One of no bytes stands for a frame that was not sent (DTX).
	Frames [maxOpusFrames][]byte
	n      int
}

// Len is the number of frames.
func (p *OpusPacket) Len() int { return p.n }

// ParseOpus takes an Opus packet apart. The error names the rule of RFC 6716
// section 3.4 that it breaks. Nothing is allocated.
func ParseOpus(b []byte) (OpusPacket, error) {
	var p OpusPacket
	err := p.add(b)
	if err != nil {
		return OpusPacket{}, err
	}
	return p, nil
}

// JoinOpus appends to dst one packet with the frames of all the packets, in
// order, in the smallest packing there is (RFC 6716 section 3.2), without
// padding. Their audio must follow without a gap, for a packet has but one
// timestamp: that is the caller's to see to. A listener decodes the same
// samples as from the packets one by one.
//
// It is false, with dst as it was, when they cannot be one packet: none at
// all, one malformed, different configurations or channels (bandwidth, mode
// and frame length may change within a stream), or over 120 ms together.
//
// Packets of a pause (DTX) join like any other when their configuration is the
// same: such a packet is one frame of no bytes or of one, a decoder treats
// both as a frame that was not sent, and the packings with a length for each
// frame have a place for it. Most pauses are not contiguous, though: an
// encoder sends one such packet in 400 ms, and the next has its own timestamp.
//
// dst must not overlap the packets; nothing is allocated when it has room.
func JoinOpus(dst []byte, packets [][]byte) ([]byte, bool) {
	var p OpusPacket
	for _, b := range packets {
		if p.add(b) != nil {
			return dst, false
		}
	}
	if p.n == 0 {
		return dst, false
	}
	frames := p.Frames[:p.n]
	same := true
	for _, f := range frames[1:] {
		same = same && len(f) == len(frames[0])
	}
	toc := p.TOC &^ 3
	switch {
	case p.n == 1:
		dst = append(dst, toc)
	case p.n == 2 && same:
		dst = append(dst, toc|1)
	case p.n == 2:
		dst = appendOpusLength(append(dst, toc|2), len(frames[0]))
	case same:
		dst = append(dst, toc|3, byte(p.n))
	default:
		dst = append(dst, toc|3, 0x80|byte(p.n))
		for _, f := range frames[:p.n-1] {
			dst = appendOpusLength(dst, len(f))
		}
	}
	for _, f := range frames {
		dst = append(dst, f...)
	}
	return dst, true
}

// add puts the frames of the packet b behind those that are there. After an
// error p is not to be used.
func (p *OpusPacket) add(b []byte) error {
	if len(b) == 0 {
		return errOpusEmpty
	}
	if p.n > 0 && (b[0]^p.TOC)&^3 != 0 {
		return errOpusMixed
	}
	if p.n == 0 {
		p.TOC = b[0]
	}
	body := b[1:]
	switch b[0] & 3 {
	case 0:
		return p.split(body, 1)
	case 1:
		if len(body)%2 != 0 {
			return errOpusOdd
		}
		return p.split(body, 2)
	case 2:
		n, body, ok := opusLength(body)
		if !ok || n > len(body) {
			return errOpusSecond
		}
		if err := p.split(body[:n], 1); err != nil {
			return err
		}
		return p.split(body[n:], 1)
	}
	return p.addMany(body)
}

// addMany adds the frames of a packet of code 3 (RFC 6716 section 3.2.5), from
// its second byte.
func (p *OpusPacket) addMany(b []byte) error {
	if len(b) == 0 {
		return errOpusShort
	}
	head, count := b[0], int(b[0]&0x3f)
	b = b[1:]
	if count == 0 || uint32(p.n+count)*opusFrame(p.TOC) > maxOpusTicks {
		return errOpusCount
	}
	if head&0x40 != 0 {
		padding := 0
		for more := true; more; {
			if len(b) == 0 {
				return errOpusShort
			}
			if more = b[0] == 255; more {
				padding += 254
			} else {
				padding += int(b[0])
			}
			b = b[1:]
		}
		if padding > len(b) {
			return errOpusShort
		}
		b = b[:len(b)-padding]
	}
	if head&0x80 == 0 {
		if len(b)%count != 0 {
			return errOpusEven
		}
		return p.split(b, count)
	}
	var lengths [maxOpusFrames]int
	for i := range count - 1 {
		n, rest, ok := opusLength(b)
		if !ok {
			return errOpusShort
		}
		lengths[i], b = n, rest
	}
	for _, n := range lengths[:count-1] {
		if n > len(b) {
			return errOpusShort
		}
		if err := p.split(b[:n], 1); err != nil {
			return err
		}
		b = b[n:]
	}
	return p.split(b, 1)
}

// split adds b as count frames of one size, which divides it.
func (p *OpusPacket) split(b []byte, count int) error {
	if uint32(p.n+count)*opusFrame(p.TOC) > maxOpusTicks {
		return errOpusCount
	}
	size := len(b) / count
	if size > maxOpusFrame {
		return errOpusLarge
	}
	for range count {
		p.Frames[p.n] = b[:size:size]
		p.n++
		b = b[size:]
	}
	return nil
}

// opusFrame is how long a frame of the configuration plays, in ticks.
func opusFrame(toc byte) uint32 { return OpusDuration([]byte{toc &^ 3}) }

// opusLength reads the length of a frame, one or two bytes (RFC 6716 section
// 3.2.1): at most 1275.
func opusLength(b []byte) (n int, rest []byte, ok bool) {
	switch {
	case len(b) > 0 && b[0] < 252:
		return int(b[0]), b[1:], true
	case len(b) > 1:
		return int(b[0]) + 4*int(b[1]), b[2:], true
	}
	return 0, nil, false
}

// appendOpusLength writes what opusLength reads.
func appendOpusLength(dst []byte, n int) []byte {
	if n < 252 {
		return append(dst, byte(n))
	}
	low := 252 + n&3 // n = low + 4 * high, with 252 divisible by 4
	return append(dst, byte(low), byte((n-low)/4))
}
