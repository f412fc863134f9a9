package client

import (
	"testing"

	"github.com/pion/sdp/v3"
)

// lineOf is an answer of one line, with these attributes on it.
func lineOf(attributes string) string {
	return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=mid:0\r\n" + attributes
}

func TestRedundancyIsReadOfTheAnswersLine(t *testing.T) {
	for _, c := range []struct {
		attributes, mid string
		want            uint8
	}{
		{"a=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n", "0", 63},
		{"a=rtpmap:120 RED/48000/2\r\n", "0", 120},
		{"a=rtpmap:63 red/48000/2\r\n", "1", 0},
		{"a=rtpmap:63 red/48000/2\r\n", "", 0}, // a line that was not negotiated
		{"a=rtpmap:63 red/8000\r\n", "0", 0},
		{"a=rtpmap:72 red/48000/2\r\n", "0", 0}, // would be RTCP
		{"a=rtpmap:300 red/48000/2\r\n", "0", 0},
		{"a=rtpmap:x red/48000/2\r\n", "0", 0},
		{"a=rtpmap\r\n", "0", 0},
	} {
		var d sdp.SessionDescription
		must(t, d.UnmarshalString(lineOf(c.attributes)))
		if got := redType(&d, c.mid); got != c.want {
			t.Errorf("%q on line %q: type %d, want %d", c.attributes, c.mid, got, c.want)
		}
	}
}

// FuzzRedType reads answers of a hostile server.
func FuzzRedType(f *testing.F) {
	f.Add(lineOf("a=rtpmap:63 red/48000/2\r\n"), "0")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, answer, mid string) {
		var d sdp.SessionDescription
		if d.UnmarshalString(answer) != nil {
			return
		}
		if n := redType(&d, mid); n > 127 || n >= 64 && n <= 95 {
			t.Errorf("type %d", n)
		}
	})
}
