package sfu

import (
	"fmt"
	"strings"
	"testing"
)

// OfferSDP writes offers as browsers do, for all the tests of this folder.
type OfferSDP struct {
	Ufrag, Pwd  string
	Fingerprint string // with its hash before it
}

const testFingerprint = "sha-256 AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA"

var (
	testSDP  = OfferSDP{Ufrag: "abcd", Pwd: "abcdefghijklmnopqrstuv", Fingerprint: testFingerprint}
	testHead = testSDP.Head(3)
)

// Head is all before the m-lines, which bundles those of the mids 0 to n-1.
func (o OfferSDP) Head(n int) string {
	var mids strings.Builder
	for i := range n {
		fmt.Fprintf(&mids, " %d", i)
	}
	return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE" + mids.String() + "\r\n"
}

// Line is an audio m-line, which names the SSRCs.
func (o OfferSDP) Line(mid, direction string, ssrcs ...uint32) string {
	line := "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 0.0.0.0\r\na=mid:" + mid + "\r\na=" + direction +
		"\r\na=ice-ufrag:" + o.Ufrag + "\r\na=ice-pwd:" + o.Pwd + "\r\na=fingerprint:" + o.Fingerprint +
		"\r\na=setup:actpass\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=extmap:1 " + levelURI + "\r\na=extmap:4 " + midURI + "\r\n" +
		"a=rtcp-fb:111 nack\r\na=rtcp-fb:111 transport-cc\r\na=extmap:3 " + twccURI + "\r\na=rtcp-rsize\r\n"
	for _, s := range ssrcs {
		line += fmt.Sprintf("a=ssrc:%d cname:x\r\n", s)
	}
	return line
}

func testLine(mid, direction string) string { return testSDP.Line(mid, direction) }

// testOffer has a microphone and two slots.
func testOffer() string {
	return testHead + testLine("0", "sendonly") + testLine("1", "recvonly") + testLine("2", "recvonly")
}

// offering is a peer that has made no offer yet, at an SFU of so many slots.
func offering(t testing.TB, slots int) *Peer {
	t.Helper()
	s, err := New(Config{UDPAddr: "127.0.0.1:0", AudioSlots: slots}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	p, err := s.Join(Join{Room: "r", CSRC: 1})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
