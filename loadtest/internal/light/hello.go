package light

import "encoding/binary"

// Where DTLS has what is looked for (RFC 6347 section 4, RFC 5246 section 7.4).
const (
	recordHeader    = 13
	handshakeHeader = 12
	typeHandshake   = 22
	typeServerHello = 2
	extUseSRTP      = 14
	maxHello        = 4 << 10 // of a ServerHello; real ones have some hundred bytes
)

// hello is what a ServerHello decided.
type hello struct {
	random  [32]byte
	suite   uint16 // cipher suite
	profile uint16 // SRTP protection profile (RFC 5764 section 4.1.2)
}

// helloReader puts a ServerHello together from the datagrams that pass: it may
// come in fragments, twice, and among other messages.
type helloReader struct {
	body []byte
	have []bool
	left int
	got  *hello
}

// read looks into one datagram of DTLS; it is nil until a ServerHello was
// whole. A later one, of another handshake on the path, replaces it.
func (r *helloReader) read(b []byte) *hello {
	for len(b) >= recordHeader {
		n := int(binary.BigEndian.Uint16(b[11:]))
		epoch := binary.BigEndian.Uint16(b[3:])
		if len(b) < recordHeader+n {
			break
		}
		if b[0] == typeHandshake && epoch == 0 { // later epochs are encrypted
			r.messages(b[recordHeader : recordHeader+n])
		}
		b = b[recordHeader+n:]
	}
	return r.got
}

// messages goes through the handshake messages of a record.
func (r *helloReader) messages(b []byte) {
	for len(b) >= handshakeHeader {
		total, at, n := uint24(b[1:]), uint24(b[6:]), uint24(b[9:])
		if len(b) < handshakeHeader+n {
			return
		}
		if b[0] == typeServerHello {
			r.fragment(total, at, b[handshakeHeader:handshakeHeader+n])
		}
		b = b[handshakeHeader+n:]
	}
}

func (r *helloReader) fragment(total, at int, part []byte) {
	if total > maxHello || at+len(part) > total {
		return
	}
	if len(r.body) != total {
		r.body, r.have, r.left = make([]byte, total), make([]bool, total), total
	}
	for i, v := range part {
		if !r.have[at+i] {
			r.have[at+i] = true
			r.left--
		}
		r.body[at+i] = v
	}
	if r.left > 0 {
		return
	}
	if h, ok := parseHello(r.body); ok {
		r.got = &h
	}
	r.body, r.have = nil, nil
}

// parseHello reads a ServerHello's body; it is false for what is none, or has
// no SRTP profile in it.
func parseHello(b []byte) (hello, bool) {
	var h hello
	if len(b) < 2+32+1 {
		return h, false
	}
	copy(h.random[:], b[2:34])
	session := int(b[34])
	b = b[35:]
	if len(b) < session+2+1+2 {
		return h, false
	}
	b = b[session:]
	h.suite = binary.BigEndian.Uint16(b)
	extensions := int(binary.BigEndian.Uint16(b[3:]))
	b = b[5:]
	if len(b) < extensions {
		return h, false
	}
	b = b[:extensions]
	for len(b) >= 4 {
		typ, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		b = b[4:]
		if len(b) < n {
			return h, false
		}
		if typ == extUseSRTP && n >= 4 && binary.BigEndian.Uint16(b) == 2 {
			h.profile = binary.BigEndian.Uint16(b[2:])
		}
		b = b[n:]
	}
	return h, h.profile != 0
}

func uint24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }
