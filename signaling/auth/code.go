package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
)

// codeAlphabet is Crockford's base32 in lower case: no i, l, o and u, so that
// a code read aloud or copied by hand comes out right.
const codeAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// codeLength characters of five bits each are 80 bits.
const codeLength = 16

// newCode makes an invite's or a setup's code.
func newCode(random io.Reader) string {
	var b [codeLength]byte
	read(random, b[:])
	for i := range b {
		b[i] = codeAlphabet[b[i]&31]
	}
	return string(b[:])
}

var lookAlikes = strings.NewReplacer(" ", "", "-", "", "o", "0", "i", "1", "l", "1")

// foldCode reads a code as people write it: with spaces, dashes and capitals,
// and o, i and l for the digits that they look like. What cannot be one is
// empty.
func foldCode(s string) string {
	if len(s) > 4*codeLength {
		return ""
	}
	code := lookAlikes.Replace(strings.ToLower(s))
	if strings.Trim(code, codeAlphabet) != "" {
		return "" // nothing that was ever made
	}
	return code
}

// newToken makes 256 random bits in the URL alphabet of base64.
func newToken(random io.Reader) string {
	var b [32]byte
	read(random, b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// hashToken is what is kept of a token. Nothing slower is needed: nobody
// guesses 256 bits.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// read fills b. The system's source never fails (crypto/rand.Read), and a
// test's must not.
func read(random io.Reader, b []byte) {
	if random == nil {
		random = rand.Reader
	}
	if _, err := io.ReadFull(random, b); err != nil {
		panic("auth: no randomness: " + err.Error())
	}
}
