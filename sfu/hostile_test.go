package sfu_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/boltorezka/boltorezka/sfu"
)

// TestAnotherCertificateNeverConnects: whoever holds the ICE password but not
// the key that the offer names gets no keys.
func TestAnotherCertificateNeverConnects(t *testing.T) {
	s := newSFU(t)
	p, err := s.Join(sfu.Join{Room: "room", CSRC: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	anotherCertificate(t, p)()
	eventually(t, "the certificate is refused", func() bool { return s.Metrics().Dropped["transport_dtls_fingerprint"] > 0 })
	if n := s.Metrics().Handshakes; n != 0 {
		t.Errorf("%d handshakes", n)
	}
}

// anotherCertificate makes an offer that names a certificate other than the
// client's, and has it answered; connect lets the client take the answer.
func anotherCertificate(t *testing.T, p *sfu.Peer) (connect func()) {
	t.Helper()
	pc := newPC(t, nil, nil)
	t.Cleanup(func() { _ = pc.Close() })
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`a=fingerprint:sha-256 [0-9A-F:]+`)
	answer, err := p.Offer(line.ReplaceAllString(offer.SDP, "a=fingerprint:sha-256 "+strings.TrimSuffix(strings.Repeat("AB:", 32), ":")), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPacketsThatAreNotVoice: wrong payload types and empty payloads of a real
// client are counted and relayed to nobody.
func TestPacketsThatAreNotVoice(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	l := join(t, s, "room", 22, joinOptions{})
	a.speak(5, 20, frame)
	eventually(t, "voice is heard", func() bool { return len(l.from(11)) == 5 })
	before := s.Metrics().Dropped["malformed"]
	for range 5 {
		if err := a.mic.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: a.seq, Timestamp: a.ts}}); err != nil {
			t.Fatal(err)
		}
		a.seq++
	}
	eventually(t, "empty packets are counted", func() bool { return s.Metrics().Dropped["malformed"] == before+5 })
	a.speak(5, 120, frame) // silence by its level, from the holder of a slot: goes on
	eventually(t, "the slot's holder is heard on", func() bool { return len(l.from(11)) == 10 })
}

// TestChurn joins, talks and leaves in many goroutines at once, for the race
// detector and the leak check; whoever stays hears no break in his slots.
func TestChurn(t *testing.T) {
	s := newSFU(t)
	stays := join(t, s, "room", 1, joinOptions{})
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for j := range 3 {
				p := join(t, s, "room", uint32(100+10*i+j), joinOptions{})
				p.speak(10, uint8(20+5*i), 5*time.Millisecond)
				p.peer.SetMuted(true)
				p.peer.SetDeafened(true)
				p.leave()
			}
		})
	}
	wg.Wait()
	stays.mu.Lock()
	slots := map[int][]heard{}
	for _, h := range stays.heard {
		slots[h.slot] = append(slots[h.slot], h)
	}
	stays.mu.Unlock()
	for i, packets := range slots {
		for k := 1; k < len(packets); k++ {
			if d := packets[k].SequenceNumber - packets[k-1].SequenceNumber; d == 0 || d > 20 {
				t.Errorf("slot %d: sequence number %d after %d", i, packets[k].SequenceNumber, packets[k-1].SequenceNumber)
			}
		}
	}
	eventually(t, "only one session is left", func() bool { return s.Metrics().Sessions == 1 && s.Metrics().Peers == 1 })
}
