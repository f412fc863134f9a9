package transport

import (
	"encoding/binary"
	"errors"
)

const (
	// frameHeader is the length in front of each frame (RFC 4571 section 2).
	frameHeader = 2
	// framerSize holds some frames of voice, and one of the largest.
	framerSize = 4096
)

var errFrameLength = errors.New("transport: a frame is longer than the media path takes")

// framer cuts what a connection brings into frames (RFC 4571 section 2), each a
// datagram. Its memory is all that a client can make it hold.
type framer struct {
	buf      [framerSize]byte
	from, to int // what was read and not taken
}

// space is where to read to; it is never empty once next has found nothing.
func (f *framer) space() []byte {
	if f.from > 0 {
		f.to = copy(f.buf[:], f.buf[f.from:f.to])
		f.from = 0
	}
	return f.buf[f.to:]
}

// took says that n bytes were read to space.
func (f *framer) took(n int) { f.to += n }

// ready says whether next has something to say.
func (f *framer) ready() bool {
	n, ok := f.length()
	return ok && (n > bufferSize || f.to-f.from >= frameHeader+n)
}

// next takes the next frame, valid until space is asked for again; false:
// there is no whole one.
func (f *framer) next() ([]byte, bool, error) {
	n, ok := f.length()
	if !ok {
		return nil, false, nil
	}
	if n > bufferSize {
		return nil, false, errFrameLength
	}
	end := f.from + frameHeader + n
	if end > f.to {
		return nil, false, nil
	}
	b := f.buf[f.from+frameHeader : end : end]
	f.from = end
	return b, true, nil
}

func (f *framer) length() (int, bool) {
	if f.to-f.from < frameHeader {
		return 0, false
	}
	return int(binary.BigEndian.Uint16(f.buf[f.from:])), true
}
