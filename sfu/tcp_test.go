package sfu_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/boltorezka/boltorezka/sfu"
)

// TestTCPOnly: a client that has nothing but TCP talks with one that has UDP;
// nobody misses a packet, and it is told which way each goes. (Pion uses no ::1;
// the transport's own tests come over IPv6.)
func TestTCPOnly(t *testing.T) {
	s := newSFU(t, func(c *sfu.Config) { c.TCPAddr = "127.0.0.1:0" })
	udp := join(t, s, "r", 1, joinOptions{})
	tcp := join(t, s, "r", 2, joinOptions{networks: []webrtc.NetworkType{webrtc.NetworkTypeTCP4}})
	m := s.Metrics()
	if m.Paths["tcp"] != 1 || m.Paths["udp"] != 1 || m.TCPConnections != 1 {
		t.Errorf("sessions by path %v, %d connections", m.Paths, m.TCPConnections)
	}
	room, _ := s.Inspect("r")
	for _, p := range room.Peers {
		if p.TCP != (p.CSRC == 2) {
			t.Errorf("peer %d is said to be on TCP: %v", p.CSRC, p.TCP)
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); tcp.speak(50, 20, 10*time.Millisecond) }()
	udp.speak(50, 20, 10*time.Millisecond)
	<-done
	eventually(t, "all is heard", func() bool { return len(udp.from(2)) == 50 && len(tcp.from(1)) == 50 })
	checkStream(t, udp.from(2))
	checkStream(t, tcp.from(1))
	tcp.leave()
	eventually(t, "the connection is gone", func() bool { return s.Metrics().TCPConnections == 0 })
}

// TestTCPAnswer: TCP candidates stand behind the UDP ones, passive and with a
// lower priority, and not at all where TCP is off.
func TestTCPAnswer(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "off", ""} {
		s := newSFU(t, func(c *sfu.Config) { c.TCPAddr = addr })
		pc := newPC(t, nil, nil)
		t.Cleanup(func() { _ = pc.Close() })
		if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
		offer, err := pc.CreateOffer(nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Join(sfu.Join{Room: "r", CSRC: 1})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := p.Offer(offer.SDP, nil)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, l := range strings.Split(answer, "\r\n") {
			if strings.HasPrefix(l, "a=candidate:") {
				found = append(found, l)
			}
		}
		want := []string{"a=candidate:1 1 udp 2130706431 " + strings.ReplaceAll(s.Candidates()[0], ":", " ") + " typ host"}
		for _, c := range s.TCPCandidates() {
			want = append(want, "a=candidate:2 1 tcp 1520434943 "+strings.ReplaceAll(c, ":", " ")+" typ host tcptype passive")
		}
		if (len(want) == 2) != (addr == "127.0.0.1:0") || !slices.Equal(found, want) {
			t.Errorf("%q: candidates\n%s\nwant\n%s", addr, strings.Join(found, "\n"), strings.Join(want, "\n"))
		}
		p.Close()
	}
}
