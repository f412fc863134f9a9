package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	sample "github.com/pion/webrtc/v4/pkg/media"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// post makes a call with a token and decodes its answer.
func post[T any](t *testing.T, method, url, token string, body any) (answer T) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(within(t), method, url, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s, %v", method, url, res.Status, err)
	}
	return answer
}

// loopbackPC is a PeerConnection that works on loopback.
func loopbackPC(t *testing.T, cfg webrtc.Configuration) *webrtc.PeerConnection {
	t.Helper()
	se := webrtc.SettingEngine{}
	se.SetIncludeLoopbackCandidate(true)
	se.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	se.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(se)).NewPeerConnection(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	return pc
}

var seriesNumber = regexp.MustCompile(`(?m)^boltorezka_(\w+) (\d+)$`)

// series are the plain numbers of /metrics.
func series(t *testing.T, p *process) map[string]string {
	t.Helper()
	_, text := get(t, p.ops+"/metrics")
	out := map[string]string{}
	for _, m := range seriesNumber.FindAllStringSubmatch(text, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// TestVoiceTest tries the media path over the built-in TURN server as a page
// does: what the one session says the other hears, and nobody else is told.
func TestVoiceTest(t *testing.T) {
	p := launch(t, t.TempDir())
	token := signIn(t, p, "ann", true).Token()
	test := post[wire.VoiceTest](t, "POST", p.url+"/v1/voice/tests", token, nil)
	cfg := webrtc.Configuration{ICETransportPolicy: webrtc.ICETransportPolicyRelay}
	for _, s := range test.ICEServers {
		cfg.ICEServers = append(cfg.ICEServers, webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential})
	}
	offer := func(pc *webrtc.PeerConnection) {
		o, err := pc.CreateOffer(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := pc.SetLocalDescription(o); err != nil {
			t.Fatal(err)
		}
		a := post[wire.VoiceTestAnswer](t, "POST", p.url+"/v1/voice/tests/"+test.ID+"/offer", token, wire.VoiceTestOffer{SDP: o.SDP})
		if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: a.SDP}); err != nil {
			t.Fatal(err)
		}
	}
	listener, talker := loopbackPC(t, cfg), loopbackPC(t, cfg)
	if _, err := listener.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
		t.Fatal(err)
	}
	heard := make(chan struct{})
	listener.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for n := 0; ; n++ {
			if _, _, err := track.ReadRTP(); err != nil {
				return
			}
			if n == 10 {
				close(heard)
			}
		}
	})
	offer(listener)
	tone, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "audio", "tone")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := talker.AddTransceiverFromTrack(tone, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
		t.Fatal(err)
	}
	offer(talker)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for done := within(t).Done(); ; {
		select {
		case <-tick.C:
			if err := tone.WriteSample(sample.Sample{Data: bytes.Repeat([]byte{0xfc}, 40), Duration: 20 * time.Millisecond}); err != nil {
				t.Fatal(err)
			}
			continue
		case <-heard:
		case <-done:
			t.Fatal("nothing is heard")
		}
		break
	}
	m := series(t, p)
	for name, want := range map[string]string{
		"voice_tests": "1", "voice_tests_total": "1", "turn_allocations": "4", "sfu_sessions": "2", // by UDP and by TCP
		// It is no call, and nobody is in voice.
		"sfu_rooms": "0", "sfu_peers": "0", "sfu_joins_total": "0", "sfu_packets_in_total": "0", "sfu_packets_out_total": "0",
		"voice_members": "0", "rooms_active": "0", "call_setup_seconds_count": "0",
	} {
		if m[name] != want {
			t.Errorf("%s is %q, want %s", name, m[name], want)
		}
	}
	if _, rooms := get(t, p.ops+"/metrics/rooms"); bytes.Contains([]byte(rooms), []byte("test:")) {
		t.Errorf("among the rooms: %s", rooms)
	}
	post[wire.OK](t, "DELETE", p.url+"/v1/voice/tests/"+test.ID, token, nil)
	if m := series(t, p); m["voice_tests"] != "0" || m["turn_allocations"] != "0" || m["sfu_sessions"] != "0" || m["sfu_packets_in_total"] != "0" {
		t.Errorf("after its end: %d tests, %v allocations, %v sessions, %v packets", len(m["voice_tests"]), m["turn_allocations"], m["sfu_sessions"], m["sfu_packets_in_total"])
	}
}
