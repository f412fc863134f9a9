package edge

import "encoding/binary"

// kind is what a connection speaks.
type kind int

const (
	unknown kind = iota // more bytes are needed
	speaksHTTP
	speaksTURN
	speaksACME // nothing: the handshake was the answer (RFC 8737)
	speaksOther
)

const (
	// maxFirst is how many bytes decide at most: a method and a space.
	maxFirst = maxMethod + 1
	// maxMethod is the longest HTTP method that is taken for one.
	maxMethod   = 16
	magicCookie = 0x2112A442 // RFC 8489 section 5
)

// classify says what speaks with these first bytes, of which there is at least
// one. What has been decided stays so however many bytes follow.
//
// A STUN message begins with two zero bits, its length is a multiple of four
// and the magic cookie stands in its fifth byte (RFC 8489 section 5);
// ChannelData, which begins with 01, is never the first thing said (RFC 8656
// section 12). A request of HTTP/1 begins with a method in capitals and a
// space (RFC 9112 section 3); HTTP/2 begins with PRI (RFC 9113 section 3.4),
// and is not spoken here.
func classify(b []byte) kind {
	if b[0]>>6 == 0 {
		return classifySTUN(b)
	}
	for i, c := range b[:min(len(b), maxFirst)] {
		switch {
		case 'A' <= c && c <= 'Z' && i < maxMethod:
		case c == ' ' && i > 0:
			if string(b[:i]) == "PRI" {
				return speaksOther
			}
			return speaksHTTP
		default:
			return speaksOther
		}
	}
	return unknown
}

func classifySTUN(b []byte) kind {
	var cookie [4]byte
	binary.BigEndian.PutUint32(cookie[:], magicCookie)
	if len(b) > 3 && b[3]&3 != 0 {
		return speaksOther
	}
	for i := range cookie {
		switch {
		case len(b) <= 4+i:
			return unknown
		case b[4+i] != cookie[i]:
			return speaksOther
		}
	}
	return speaksTURN
}

// tlsRecord is the first byte of a TLS handshake (RFC 8446 section 5.1).
const tlsRecord = 0x16

// The signatures of the PROXY protocol, version 1 and 2.
const (
	proxyV1 = "PROXY "
	proxyV2 = "\r\n\r\n\x00\r\nQUIT\n"
)

// beginsProxy says whether a connection begins with a header of the PROXY
// protocol; unknown asks for more bytes. Its answer is speaksOther for yes and
// speaksHTTP for no.
func beginsProxy(b []byte) kind {
	for _, sig := range []string{proxyV1, proxyV2} {
		n := min(len(b), len(sig))
		switch {
		case string(b[:n]) != sig[:n]:
		case n == len(sig):
			return speaksOther
		default:
			return unknown
		}
	}
	return speaksHTTP
}
