package edge

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

var stunBinding = []byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}

func TestFirstBytes(t *testing.T) {
	for _, c := range []struct {
		first string
		want  kind
	}{
		{"GET / HTTP/1.1\r\n", speaksHTTP},
		{"OPTIONS * HTTP/1.1\r\n", speaksHTTP},
		{"PRIVATE /", speaksHTTP},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", speaksOther},
		{"PRI", unknown},
		{"G", unknown},
		{"get / HTTP/1.1", speaksOther},
		{"GET\t/", speaksOther},
		{strings.Repeat("A", maxMethod), unknown},
		{strings.Repeat("A", maxMethod) + " ", speaksHTTP},
		{strings.Repeat("A", maxMethod+1), speaksOther},
		{" GET /", speaksOther},
		{"\r\nGET / HTTP/1.1", speaksOther},
		{string(stunBinding), speaksTURN},
		{string(stunBinding[:8]), speaksTURN},
		{string(stunBinding[:7]), unknown},
		{"\x00", unknown},
		{"\x3f\xff\xff\xfc\x21\x12\xa4\x42", speaksTURN},
		{"\x00\x01\x00\x01", speaksOther},                 // a length that is none
		{"\x00\x01\x00\x00\x21\x12\xa4\x43", speaksOther}, // no magic cookie
		{"\x00\x01\x00\x00\x22", speaksOther},
		{"\x40\x00\x00\x04abcd", speaksOther}, // ChannelData, before any channel
		{"\x16\x03\x01", unknown},             // like a message's beginning; the cookie is missing
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", speaksOther},
		{"SSH-2.0-OpenSSH", speaksOther},
		{"\xff", speaksOther},
	} {
		if got := classify([]byte(c.first)); got != c.want {
			t.Errorf("%q: %d, want %d", c.first, got, c.want)
		}
	}
}

func TestProxySignature(t *testing.T) {
	for first, want := range map[string]kind{
		"PROXY TCP4 1.2.3.4": speaksOther, "PROXY ": speaksOther, "PROXY": unknown, "P": unknown, "POST / ": speaksHTTP, "PROXYX": speaksHTTP,
		proxyV2: speaksOther, proxyV2[:11]: unknown, "\r\nGET": speaksHTTP, "GET ": speaksHTTP, "\x16\x03": speaksHTTP,
	} {
		if got := beginsProxy([]byte(first)); got != want {
			t.Errorf("%q: %d, want %d", first, got, want)
		}
	}
}

// FuzzFirstBytes: an answer does not depend on how the bytes come in pieces,
// stands however many follow, is given out with all of them, and is one that
// the protocol's own reader could live with.
func FuzzFirstBytes(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", string(stunBinding), "\x00\x03\x00\x08\x21\x12\xa4\x42",
		"\x40\x00\x00\x04abcd", "\x16\x03\x01\x02\x00\x01", "PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n", proxyV2 + "\x21\x11\x00\x0c", "\r\n", "",
		strings.Repeat("A", 40), "PUT", "\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, one := range []struct {
			most   int
			decide func([]byte) kind
		}{{maxFirst, classify}, {len(proxyV2), beginsProxy}} {
			whole, head, err := readFirst(bytes.NewReader(b), nil, one.most, one.decide)
			if len(head) > one.most || !bytes.HasPrefix(b, head) {
				t.Fatalf("%q: read %q", b, head)
			}
			if err != nil && (err != io.EOF || len(head) < min(len(b), one.most)) {
				t.Fatalf("%q: %v after %q", b, err, head)
			}
			slow, slowHead, slowErr := readFirst(iotest.OneByteReader(bytes.NewReader(b)), nil, one.most, one.decide)
			if slow != whole || (slowErr == nil) != (err == nil) || !bytes.HasPrefix(b, slowHead) {
				t.Fatalf("%q: %d at once, %d byte by byte", b, whole, slow)
			}
			first := unknown
			for n := 1; n <= min(len(b), one.most); n++ {
				switch k := one.decide(b[:n]); {
				case first != unknown && k != first:
					t.Fatalf("%q: %d, and with more %d", b[:n], first, k)
				default:
					first = k
				}
			}
			if first != unknown && err == nil && first != whole {
				t.Fatalf("%q: %d in steps, %d read", b, first, whole)
			}
		}
		if len(b) == 0 {
			return
		}
		switch classify(b) {
		case speaksTURN:
			if len(b) < 8 || b[0] > 0x3f || !bytes.Equal(b[4:8], stunBinding[4:8]) {
				t.Fatalf("%q is no STUN", b)
			}
		case speaksHTTP:
			method, _, ok := strings.Cut(string(b), " ")
			if !ok || method == "PRI" {
				t.Fatalf("%q is no request", b)
			}
			if _, err := http.NewRequest(method, "/", nil); err != nil {
				t.Fatalf("%q: %v", b, err)
			}
		}
	})
}
