package transport

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 8445 section 7.2.2 asks for it
	"encoding/binary"
	"hash"

	"github.com/pion/stun/v4"
)

// integritySize is MESSAGE-INTEGRITY with its header.
const integritySize = 4 + sha1.Size

// signed splits a STUN body at MESSAGE-INTEGRITY: the attributes before it, and
// its value, nil without one. ok says that the body is well formed up to there.
func signed(body []byte) (attrs, sum []byte, ok bool) {
	for off := 0; ; {
		rest := body[off:]
		if len(rest) == 0 {
			return body, nil, true
		}
		if len(rest) < 4 {
			return nil, nil, false
		}
		n := int(binary.BigEndian.Uint16(rest[2:]))
		end := 4 + (n+3)&^3
		if end > len(rest) {
			return nil, nil, false
		}
		if stun.AttrType(binary.BigEndian.Uint16(rest)) == stun.AttrMessageIntegrity {
			if n != sha1.Size {
				return nil, nil, false
			}
			return body[:off:off], rest[4:end:end], true
		}
		off += end
	}
}

// verifier checks MESSAGE-INTEGRITY (RFC 8489 section 14.5) under one password
// without allocating: it is what a flood of forged checks costs. It is guarded
// by its session's mutex.
type verifier struct {
	mac hash.Hash
	sum [sha1.Size]byte
}

func newVerifier(password string) verifier {
	return verifier{mac: hmac.New(sha1.New, []byte(password))}
}

func (v *verifier) verify(m *message) bool {
	if m.sum == nil {
		return false
	}
	// The sum covers the header as if the message ended with it.
	length := [2]byte(m.b[2:4])
	binary.BigEndian.PutUint16(m.b[2:], uint16(len(m.attrs)+integritySize))
	v.mac.Reset()
	v.mac.Write(m.b[:20+len(m.attrs)])
	copy(m.b[2:], length[:])
	return hmac.Equal(v.mac.Sum(v.sum[:0]), m.sum)
}
