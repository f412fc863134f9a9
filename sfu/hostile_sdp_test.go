package sfu

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// fill repeats a piece, numbered where it has a verb, up to the size of the
// largest offer after what stands before it.
func fill(before, piece string) string {
	var b strings.Builder
	b.WriteString(before)
	for i := 0; ; i++ {
		p := piece
		if strings.Contains(p, "%d") {
			p = fmt.Sprintf(piece, i)
		}
		if b.Len()+len(p) > maxOffer {
			return b.String()
		}
		b.WriteString(p)
	}
}

// hostileOffers are offers that no browser makes, with a word that the refusal
// must have; "" where they are odd and not wrong.
func hostileOffers() []struct{ name, sdp, want string } {
	good := testOffer()
	first := func(was, is string) string { return strings.Replace(good, was, is, 1) }
	last := strings.LastIndex(good, "m=audio")
	other := strings.ReplaceAll(testFingerprint, "AA", "BB")
	return []struct{ name, sdp, want string }{
		{"over 64 KiB", good + strings.Repeat("a=x\r\n", 20_000), "65536 at most"},
		{"as many m-lines as fit", fill(testHead, "m=audio 9 RTP/SAVPF 1\r\na=mid:%d\r\n"), "m-lines"},
		{"as many candidates as fit", fill(good, "a=candidate:%d 1 udp 1 10.0.0.1 9 typ host\r\n"), "attributes"},
		{"10,000 attributes", fill(good, "a=x\r\n"), "attributes"},
		{"10,000 attributes of the session", fill("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", "a=x\r\n"), "m-lines"},
		{"attributes before good lines", first("a=group", strings.Repeat("a=sendrecv\r\n", 501)+"a=group"), "attributes"},
		{"payload types", first("111 63", "111 63"+strings.Repeat(" 1", 20_000)), "payload types"},
		{"payload types and codecs", fill(first("111 63", "111"+strings.Repeat(" 1", 10_000)), "a=rtpmap:5 opus/48000/2\r\n"), "payload types"},
		{"a bundle of all", first("BUNDLE 0 1 2", "BUNDLE"+strings.Repeat(" 0", 30_000)), "BUNDLE names"},
		{"one line of 60 KiB", good + "a=" + strings.Repeat("x", 60_000) + "\r\n", ""},
		{"a setup of 60 KiB", first("actpass", strings.Repeat("y", 40_000)), "setup"},
		{"a ufrag of 40 KiB", first("ice-ufrag:abcd", "ice-ufrag:"+strings.Repeat("y", 40_000)), "ice-ufrag"},
		{"a mid of 40 KiB", first("a=mid:0", "a=mid:"+strings.Repeat("y", 40_000)), "32 characters"},
		{"a fingerprint of 40 KiB", first("AA:AA", strings.Repeat("AA:", 13_000)+"AA"), "32 bytes"},
		{"a hash of 40 KiB", strings.ReplaceAll(good, "fingerprint:sha-256", "fingerprint:"+strings.Repeat("z", 15_000)), "sha-256"},
		{"no mid at all on 40 KiB of codecs", fill(strings.ReplaceAll(good, "a=mid:2\r\n", ""), "a=rtpmap:111 PCMU/8000\r\n"), ""},
		{"two fingerprints", first("a=setup", "a=fingerprint:"+other+"\r\na=setup"), "one certificate"},
		{"another line's fingerprint", good[:last] + strings.Replace(good[last:], testFingerprint, other, 1), "one certificate"},
		{"a fingerprint by sha-1 too", first("a=setup", "a=fingerprint:sha-1 AA:BB\r\na=setup"), ""},
		{"one extension id for two", first("a=extmap:4 ", "a=extmap:1 "), "two extensions"},
		{"extension 0", first("a=extmap:4 ", "a=extmap:0 "), "extmap"},
		{"extension 256", first("a=extmap:4 ", "a=extmap:256 "), "extmap"},
		{"extension -1", first("a=extmap:4 ", "a=extmap:-1 "), "extmap"},
		{"extension of a word", first("a=extmap:4 ", "a=extmap:x "), "extmap"},
		{"extension 200", first("a=extmap:4 ", "a=extmap:200 "), ""},
		{"a negative port", first("m=audio 9", "m=audio -9"), "cannot be read"},
		{"port 65536", first("m=audio 9", "m=audio 65536"), "cannot be read"},
		{"port of a word", first("m=audio 9", "m=audio x"), "cannot be read"},
		{"a NUL byte", first("abcd", "ab\x00cd"), "NUL"},
		{"other than UTF-8", first("abcd", "ab\xffcd"), "UTF-8"},
		{"half a character", good + "a=\xe2\x82\r\n", "UTF-8"},
		{"control characters", first("actpass", "\x1b[2J\x07"), "setup"},
		{"an unknown codec only", strings.ReplaceAll(good, "opus/48000/2", "L16/44100/2"), "nothing usable"},
		{"Opus under an RTCP type", strings.NewReplacer("a=rtpmap:111", "a=rtpmap:72", " 111", " 72").Replace(good), "nothing usable"},
		{"Opus under 256", strings.NewReplacer("a=rtpmap:111", "a=rtpmap:256", " 111", " 256").Replace(good), "nothing usable"},
		{"no BUNDLE", first("a=group:BUNDLE 0 1 2\r\n", ""), "BUNDLE"},
		{"passive", strings.ReplaceAll(good, "actpass", "passive"), "setup"},
		{"holdconn", strings.ReplaceAll(good, "actpass", "holdconn"), "setup"},
		{"no setup", strings.ReplaceAll(good, "a=setup:actpass\r\n", ""), "setup"},
		{"no password", strings.ReplaceAll(good, "a=ice-pwd:abcdefghijklmnopqrstuv\r\n", ""), "ice-pwd"},
		{"a repeated mid", first("a=mid:0\r\n", "a=mid:1\r\n"), "two m-lines"},
		{"only line ends", strings.Repeat("\r\n", 30_000), ""},
		{"only v", fill("", "v=0\r\n"), "cannot be read"},
	}
}

// TestHostileOffersAreRefused: each is answered or refused with a reason that
// names what is wrong, and the session goes on as it was. The worst time is
// printed.
func TestHostileOffersAreRefused(t *testing.T) {
	p := offering(t, 4)
	answer, err := p.Offer(testOffer(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ufrag := func(sdp string) string {
		_, rest, _ := strings.Cut(sdp, "a=ice-ufrag:")
		u, _, _ := strings.Cut(rest, "\r\n")
		return u
	}
	before, worst, slowest := *p.active, time.Duration(0), ""
	for _, c := range hostileOffers() {
		start := time.Now()
		_, err := p.Offer(c.sdp, nil)
		if d := time.Since(start); d > worst {
			worst, slowest = d, c.name
		}
		var n *NegotiationError
		switch {
		case err == nil:
			if c.want != "" {
				t.Errorf("%s: taken", c.name)
			}
			continue
		case !errors.As(err, &n) || !strings.Contains(n.Reason, c.want):
			t.Errorf("%s: %v, want a NegotiationError with %q", c.name, err, c.want)
		case len(n.Reason) > maxReason || !utf8.ValidString(n.Reason) || strings.ContainsAny(n.Reason, "\x00\x07\x1b\r\n"):
			t.Errorf("%s: %d bytes that cannot be shown: %q", c.name, len(n.Reason), n.Reason)
		}
		if p.active.session != before.session || p.pending != nil || len(p.active.tracks) != 1 || len(p.active.slots) != 2 {
			t.Errorf("%s: the session is not as it was", c.name)
		}
	}
	t.Logf("the slowest of %d: %s, %v", len(hostileOffers()), slowest, worst)
	again, err := p.Offer(testOffer(), nil)
	if err != nil || ufrag(again) != ufrag(answer) {
		t.Errorf("the good offer afterwards: %v, ufrag %s then %s", err, ufrag(answer), ufrag(again))
	}
}

func TestHostileCandidatesAreRefused(t *testing.T) {
	p := offering(t, 4)
	if _, err := p.Offer(testOffer(), nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ candidate, want string }{
		{strings.Repeat("x", 64<<10), "1000 at most"},
		{strings.Repeat(" ", 900), "RFC 8839"},
		{"candidate:1 1 udp 1 127.0.0.1 -1 typ host", "port"},
		{"candidate:1 1 udp 1 127.0.0.1 " + strings.Repeat("9", 500) + " typ host", "port"},
		{"candidate:1 1 udp 1 127.0.0.1 \x00\xff typ host", "port"},
		{"candidate:1 1 udp 1 127.0.0.1 9 kind host", "RFC 8839"},
	} {
		var n *NegotiationError
		if err := p.Candidate(c.candidate); !errors.As(err, &n) || !strings.Contains(n.Reason, c.want) || len(n.Reason) > maxReason {
			t.Errorf("%.60q: %v, want %q", c.candidate, err, c.want)
		}
	}
	for _, c := range []string{"", "candidate:1 1 UDP 2122252543 192.168.1.7 51234 typ host", "a=candidate:1 1 tcp 1 abcd.local 9 typ host tcptype active"} {
		if err := p.Candidate(c); err != nil {
			t.Errorf("%q: %v", c, err)
		}
	}
}
