package transport

import "errors"

// maxStreams bounds the SSRCs that one session's client may use: SRTP keeps
// some state of each for good (RFC 3711 section 3.2.3). A browser takes a new
// one when it replaces a sender.
const maxStreams = 64

var errStreams = errors.New("transport: too many streams in one session")

// streams are the SSRCs of authentic packets, the latest one first to look at.
type streams struct {
	n    int
	last uint32
	ids  [maxStreams]uint32
}

// room says whether packets of the SSRC may be looked at.
func (s *streams) room(ssrc uint32) bool {
	return s.n < maxStreams || s.has(ssrc)
}

func (s *streams) has(ssrc uint32) bool {
	if s.n > 0 && s.last == ssrc {
		return true
	}
	for _, v := range s.ids[:s.n] {
		if v == ssrc {
			return true
		}
	}
	return false
}

// add notes the SSRC of an authentic packet.
func (s *streams) add(ssrc uint32) {
	if !s.has(ssrc) {
		s.ids[s.n] = ssrc
		s.n++
	}
	s.last = ssrc
}
