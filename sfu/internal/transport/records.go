package transport

import "encoding/binary"

// DTLS 1.2 numbers (RFC 5246 sections 6.2.1 and 7.4, RFC 6347 section 4.1).
const (
	recordHeader    = 13
	recordCCS       = 20
	recordAlert     = 21
	recordHandshake = 22

	messageHeader   = 12
	clientHello     = 1
	certificate     = 11
	certificateSign = 15
	clientKeys      = 16

	// A client's flights are five messages; a certificate chain longer than
	// this is nobody's.
	maxMessages      = 16
	maxMessageLength = 32 << 10
)

// records is what admit found in a datagram.
type records struct {
	kept    []byte // what a handshake may see
	hello   bool   // some of a ClientHello is in it
	alert   bool   // a plaintext alert was in it
	refused bool   // something was left out
}

// admit looks at the records of a datagram before the DTLS library does, in
// place: until the keys are there anybody who can write a client's address on a
// datagram is believed by it, and one plaintext alert, one record of another
// type or one that does not parse ends a handshake. Those are left out (RFC
// 6347 section 4.1.2.7 says to ignore what is invalid). What a handshake would
// keep in memory is bounded too. Records under the handshake's keys pass: they
// are authenticated. The others get new sequence numbers from next: nothing
// depends on theirs, which are not authenticated either, but for the window
// against replays, which one forged number would move past the client's.
func admit(b []byte, next *uint32) (r records) {
	n := 0
	for rest := b; len(rest) > 0; {
		if len(rest) < recordHeader {
			r.refused = true
			break
		}
		end := recordHeader + int(binary.BigEndian.Uint16(rest[11:]))
		if end > len(rest) {
			r.refused = true
			break
		}
		if admitRecord(rest[:end], &r) {
			if rest[4] == 0 {
				binary.BigEndian.PutUint16(rest[5:], 0)
				binary.BigEndian.PutUint32(rest[7:], *next)
				*next++
			}
			n += copy(b[n:], rest[:end])
		} else {
			r.refused = true
		}
		rest = rest[end:]
	}
	r.kept = b[:n]
	return r
}

func admitRecord(b []byte, r *records) bool {
	if b[1] != 0xfe || len(b) == recordHeader {
		return false
	}
	kind, epoch, body := b[0], binary.BigEndian.Uint16(b[3:]), b[recordHeader:]
	switch {
	case epoch == 1:
		return kind == recordHandshake || kind == recordAlert
	case epoch > 1:
		return false
	case kind == recordCCS:
		return len(body) == 1 && body[0] == 1
	case kind == recordAlert:
		r.alert = true
		return false
	case kind != recordHandshake:
		return false
	}
	for len(body) > 0 {
		if len(body) < messageHeader {
			return false
		}
		length, seq := uint24(body[1:]), binary.BigEndian.Uint16(body[4:])
		offset, part := uint24(body[6:]), uint24(body[9:])
		if length > maxMessageLength || seq >= maxMessages || offset+part > length || messageHeader+part > len(body) {
			return false
		}
		switch body[0] {
		case clientHello:
			r.hello = true
		case certificate, certificateSign, clientKeys:
		default:
			return false
		}
		body = body[messageHeader+part:]
	}
	return true
}

func uint24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }
