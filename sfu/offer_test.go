package sfu

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"
)

func TestOfferIsRead(t *testing.T) {
	o, err := parseOffer(testOffer())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.lines) != 3 || !o.lines[0].sends() || !o.lines[1].receives() || o.lines[0].opusPT != 111 || o.lines[0].levelID != 1 || o.lines[0].midID != 4 {
		t.Errorf("lines %+v", o.lines)
	}
	if o.remote.Ufrag != "abcd" || o.remote.Hash != "sha-256" || !strings.HasPrefix(o.remote.Fingerprint, "AA:AA") {
		t.Errorf("remote %+v", o.remote)
	}
}

// In-band FEC is of use to who says so, for Opus.
func TestInbandFECIsNegotiated(t *testing.T) {
	const said = "a=fmtp:111 minptime=10;useinbandfec=1\r\n"
	for offered, want := range map[string]bool{
		said:                                 true,
		"a=fmtp:111 UseInbandFEC=1\r\n":      true,
		"a=fmtp:111 a=b; useinbandfec=1\r\n": true,
		"":                                   false,
		"a=fmtp:111 useinbandfec=0\r\n":      false,
		"a=fmtp:111 useinbandfec\r\n":        false,
		"a=fmtp:63 useinbandfec=1\r\n":       false,
		"a=fmtp:1111 useinbandfec=1\r\n":     false,
	} {
		o, err := parseOffer(strings.ReplaceAll(testOffer(), said, offered))
		if err != nil {
			t.Fatal(err)
		}
		l := newLink(&Peer{room: &room{}})
		l.configure(o, nil, 2)
		m := l.means()
		if m.FEC != want || !m.RED || !m.Join {
			t.Errorf("%q: the means are %+v", offered, m)
		}
		l.slots[0].redPT, l.judge.seen.Loss = 0, 0.2
		if told := l.bareLoss() > 0; told != want {
			t.Errorf("%q: publishers are told of his losses: %v", offered, told)
		}
	}
}

// What feedback is answered: what is offered, for Opus, and NACK also to those
// who like Chromium do it without offering it.
func TestFeedbackIsAnswered(t *testing.T) {
	const nack, wide = "a=rtcp-fb:111 nack\r\n", "a=rtcp-fb:111 transport-cc\r\n"
	for _, c := range []struct {
		name, offered string
		want          []string
		not           []string
	}{
		{"both", nack + wide, []string{nack, wide, twccURI}, nil},
		{"Chromium", wide, []string{nack, wide, twccURI}, nil},
		{"for all types", "a=rtcp-fb:* nack\r\n", []string{nack}, []string{wide, twccURI}},
		{"none", "", nil, []string{"rtcp-fb", twccURI}},
		{"of another type", "a=rtcp-fb:63 nack\r\na=rtcp-fb:63 transport-cc\r\n", nil, []string{"rtcp-fb", twccURI}},
		{"picture loss", "a=rtcp-fb:111 nack pli\r\n", nil, []string{"rtcp-fb"}},
	} {
		o, err := parseOffer(strings.ReplaceAll(testOffer(), nack+wide, c.offered))
		if err != nil {
			t.Fatal(err)
		}
		l := newLink(&Peer{})
		l.configure(o, nil, 2)
		a := answerWriter{candidates: testCandidates}
		answer := a.write(o, l)
		for _, s := range c.want {
			if strings.Count(answer, s) != 3 {
				t.Errorf("%s: %q is not on every line", c.name, s)
			}
		}
		for _, s := range c.not {
			if strings.Contains(answer, s) {
				t.Errorf("%s: %q is answered", c.name, s)
			}
		}
	}
}

func TestOfferIsRefusedWithAReason(t *testing.T) {
	good := testOffer()
	many := testHead
	for i := range 500 {
		many += fmt.Sprintf("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:%d\r\n", i)
	}
	for _, c := range []struct{ name, sdp, want string }{
		{"nothing", "", "m-lines"},
		{"not an SDP", "hello", "cannot be read"},
		{"no m-line", testHead, "0 m-lines"},
		{"500 m-lines", many, "500 m-lines"},
		{"only video", testHead + strings.ReplaceAll(testLine("0", "sendonly"), "m=audio", "m=video"), "nothing usable"},
		{"no opus", strings.ReplaceAll(good, "opus/48000/2", "PCMU/8000"), "nothing usable"},
		{"mono opus", strings.ReplaceAll(good, "opus/48000/2", "opus/48000/1"), "nothing usable"},
		{"plain RTP", strings.ReplaceAll(good, "UDP/TLS/RTP/SAVPF", "RTP/AVP"), "nothing usable"},
		{"no fingerprint", strings.ReplaceAll(good, "a=fingerprint:"+testFingerprint+"\r\n", ""), "fingerprint"},
		{"short fingerprint", strings.ReplaceAll(good, "AA:AA:AA:AA", "AA:AA"), "32 bytes"},
		{"sha-1", strings.ReplaceAll(good, "sha-256", "sha-1"), "sha-256"},
		{"no ufrag", strings.ReplaceAll(good, "a=ice-ufrag:abcd\r\n", ""), "ice-ufrag"},
		{"short password", strings.ReplaceAll(good, "abcdefghijklmnopqrstuv", "abc"), "ice-pwd"},
		{"passive", strings.ReplaceAll(good, "actpass", "passive"), "setup"},
		{"no rtcp-mux", strings.ReplaceAll(good, "a=rtcp-mux\r\n", ""), "rtcp-mux"},
		{"duplicate mid", strings.ReplaceAll(good, "a=mid:2", "a=mid:1"), "two m-lines"},
		{"no mid", strings.ReplaceAll(good, "a=mid:2\r\n", ""), "a=mid"},
		{"not bundled", strings.ReplaceAll(good, "BUNDLE 0 1 2", "BUNDLE 0 1"), "BUNDLE"},
		{"wild ssrc", good + "a=ssrc:99999999999 cname:x\r\n", "32 bits"},
		{"long mid", strings.ReplaceAll(good, "a=mid:2", "a=mid:"+strings.Repeat("x", 33)), "32 characters"},
	} {
		_, err := parseOffer(c.sdp)
		var n *NegotiationError
		if !errors.As(err, &n) {
			t.Errorf("%s: %v, want a NegotiationError", c.name, err)
		} else if !strings.Contains(n.Reason, c.want) {
			t.Errorf("%s: %q does not speak of %q", c.name, n.Reason, c.want)
		}
	}
}

func TestTracksAreChecked(t *testing.T) {
	o, err := parseOffer(testOffer())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		tracks []Track
		want   string
	}{
		{"unknown mid", []Track{{MID: "9", Mic: true}}, "no sending m-line"},
		{"receiving line", []Track{{MID: "1", Mic: true}}, "no sending m-line"},
		{"twice", []Track{{MID: "0", Mic: true}, {MID: "0"}}, "two tracks"},
	} {
		if _, err := microphones(o, c.tracks); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if m, err := microphones(o, nil); err != nil || !m["0"].Mic {
		t.Errorf("without tracks: %v %v, want the first sending line", m, err)
	}
}

func TestOfferLeavesTheSessionAsItWas(t *testing.T) {
	p := offering(t, 4)
	if err := p.Candidate("candidate:1 1 udp 1 127.0.0.1 9 typ host"); err == nil {
		t.Error("a candidate before the offer was taken")
	}
	if _, err := p.Offer("nonsense", nil); err == nil {
		t.Error("nonsense was answered")
	}
	first, err := p.Offer(testOffer(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Offer(testOffer()[:200], nil); err == nil {
		t.Error("half an offer was answered")
	}
	second, err := p.Offer(testOffer(), nil)
	if err != nil {
		t.Fatal(err)
	}
	strip := func(s string) string { _, rest, _ := strings.Cut(s, "s=-"); return rest }
	if strip(first) != strip(second) {
		t.Errorf("the same offer got another answer:\n%s\n%s", first, second)
	}
	for _, c := range []string{"candidate:1 1 udp", strings.Repeat("x ", 600), "candidate:1 1 udp 1 127.0.0.1 99999 typ host"} {
		if err := p.Candidate(c); err == nil {
			t.Errorf("candidate %.40q was taken", c)
		}
	}
}

// TestAnswer checks what the contract says of the answer.
func TestAnswer(t *testing.T) {
	p := offering(t, 1)
	offer := testOffer() + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\n"
	text, err := p.Offer(offer, nil)
	if err != nil {
		t.Fatal(err)
	}
	var a sdp.SessionDescription
	if err := a.UnmarshalString(text); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	want := []struct{ direction, mid string }{{"recvonly", "0"}, {"sendonly", "1"}, {"inactive", "2"}, {"inactive", "3"}}
	if len(a.MediaDescriptions) != len(want) {
		t.Fatalf("%d m-lines, want %d", len(a.MediaDescriptions), len(want))
	}
	for i, m := range a.MediaDescriptions {
		if _, ok := m.Attribute(want[i].direction); !ok {
			t.Errorf("m-line %d is not %s", i, want[i].direction)
		}
		if mid, _ := m.Attribute("mid"); mid != want[i].mid {
			t.Errorf("m-line %d has mid %s", i, mid)
		}
		if i < 3 {
			if setup, _ := m.Attribute("setup"); setup != "passive" {
				t.Errorf("m-line %d: setup %s", i, setup)
			}
			if _, ok := m.Attribute("candidate"); !ok {
				t.Errorf("m-line %d has no candidate", i)
			}
		}
		_, hasSSRC := m.Attribute("ssrc")
		if hasSSRC != (i == 1) {
			t.Errorf("m-line %d: ssrc %v", i, hasSSRC)
		}
	}
	if port := a.MediaDescriptions[3].MediaName.Port.Value; port != 0 {
		t.Errorf("the data channel is taken on port %d", port)
	}
}
