package sfu

import (
	"strings"
	"testing"
)

// What single WebRTC stacks want of offers and answers; client/interop has the
// stacks themselves.

func TestOpusWithoutItsChannelsIsOpus(t *testing.T) {
	o, err := parseOffer(strings.ReplaceAll(testOffer(), "opus/48000/2", "OPUS/48000"))
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range o.lines {
		if !l.usable() || l.opusPT != 111 {
			t.Errorf("m-line %d: %+v", i, l)
		}
	}
}

func TestRejectedLineKeepsTheNameOfItsFormat(t *testing.T) {
	p := offering(t, 1)
	answer, err := p.Offer(testOffer()+"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\n"+
		"a=rtpmap:97 rtx/90000\r\na=rtpmap:96 VP8/90000\r\na=fmtp:97 apt=96\r\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, video, _ := strings.Cut(answer, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n")
	if !strings.Contains(video, "a=rtpmap:96 VP8/90000\r\n") || strings.Contains(video, "rtx") {
		t.Errorf("the answer's video line:\n%s", video)
	}
}
