package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// TestFailedHandshakeIsShown has a client with another certificate than its
// offer names, and looks for it in the room's series and on its page.
func TestFailedHandshakeIsShown(t *testing.T) {
	cfg := sfu.Defaults()
	cfg.UDPAddr, cfg.TCPAddr = "127.0.0.1:0", "off"
	media, err := sfu.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer media.Close()
	p, err := media.Join(sfu.Join{Room: "room", CSRC: 7, Label: "mallory"})
	if err != nil {
		t.Fatal(err)
	}
	var setting webrtc.SettingEngine
	setting.SetIncludeLoopbackCandidate(true)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(setting)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
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
	other := "${1}" + strings.TrimSuffix(strings.Repeat("AB:", 32), ":")
	answer, err := p.Offer(regexp.MustCompile(`(a=fingerprint:sha-256 )[0-9A-F:]+`).ReplaceAllString(offer.SDP, other), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	until(t, "the handshake has failed", func() bool { return media.Rooms()[0].HandshakesFailed > 0 })

	rooms := prometheus.NewRegistry()
	rooms.MustRegister(roomGauges{media})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics/rooms", promhttp.HandlerFor(rooms, promhttp.HandlerOpts{}))
	pages := debugPages{
		node: media.Metrics, rooms: media.Rooms, inspect: media.Inspect, began: time.Now(),
		present: func() map[string]wire.RoomPresence { return nil },
	}
	pages.register(mux)
	ask := func(path string) string {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Body.String()
	}
	series := ask("/metrics/rooms")
	if got := value(series, `room_handshakes_failed_total{cause="fingerprint",room="room"}`); got != "1" || strings.Contains(series, `cause="timeout"`) {
		t.Errorf("of the fingerprint %q failed, and:\n%s", got, series)
	}
	if body := ask("/debug/rooms/room"); !strings.Contains(body, "handshakes failed: 1 fingerprint<") {
		t.Errorf("the page is\n%s", body)
	}
	var st roomState
	if err := json.Unmarshal([]byte(ask("/debug/rooms/room?format=json")), &st); err != nil || st.Room.HandshakesFailed != 1 || st.Room.Failures["fingerprint"] != 1 {
		t.Errorf("the room is %+v, %v", st.Room, err)
	}
}

// TestDownlinkIsShown holds that the page tells what a listener is sent and why,
// and nothing of who is not judged.
func TestDownlinkIsShown(t *testing.T) {
	v := viewState(sfu.RoomState{Peers: []sfu.PeerState{
		{CSRC: 1},
		{CSRC: 2, Downlink: &sfu.Downlink{State: "poor", Layer: "low", Redundancy: 2, FrameMs: 60, Slots: 3, Loss: 12.5, Estimate: 64_000, Reason: "loss"}},
		{CSRC: 3, Downlink: &sfu.Downlink{State: "good", Layer: "high", FrameMs: 20, Slots: 4}},
	}}, wire.RoomPresence{}, false)
	if v.Peers[0].Downlink != nil || *v.Peers[1].Downlink != (downlinkView{"poor", "low", 2, 60, 3, 12.5, 64_000, "loss"}) {
		t.Errorf("shown are %+v", v.Peers)
	}
	w := httptest.NewRecorder()
	show(w, http.StatusOK, "room.html", page{Data: v})
	for _, want := range []string{
		"<summary>0 slots</summary>",
		"<summary>0 slots, is sent: low layer, 60 ms a packet, 2 earlier, 3 at a time; path carries 64 kbit/s; last step: loss</summary>",
		"<summary>0 slots, is sent: high layer, 20 ms a packet, 4 at a time</summary>",
	} {
		if strings.Count(w.Body.String(), want) != 1 {
			t.Errorf("the page has not one %s:\n%s", want, w.Body.String())
		}
	}
}

// TestFeedbackIsShown holds what is shown of feedback to what was measured:
// nothing of who gave none, and no queue where nothing arrived.
func TestFeedbackIsShown(t *testing.T) {
	v := viewState(sfu.RoomState{Peers: []sfu.PeerState{
		{CSRC: 1},
		{CSRC: 2, Feedback: sfu.FeedbackState{Lost: 5, Loss: 5}},
		{CSRC: 3, Feedback: sfu.FeedbackState{Acked: 99, Lost: 1, Loss: 1, Queue: 25 * time.Millisecond}},
	}}, wire.RoomPresence{}, false)
	if p := v.Peers[0]; p.FeedbackPct != nil || p.QueueMs != nil {
		t.Errorf("of no feedback is shown %+v", p)
	}
	if p := v.Peers[1]; p.FeedbackPct == nil || *p.FeedbackPct != 5 || p.QueueMs != nil {
		t.Errorf("of losses only is shown %+v", p)
	}
	if p := v.Peers[2]; p.FeedbackPct == nil || *p.FeedbackPct != 1 || p.QueueMs == nil || *p.QueueMs != 25 {
		t.Errorf("of feedback is shown %+v", p)
	}
	w := httptest.NewRecorder()
	show(w, http.StatusOK, "room.html", page{Data: v})
	for _, want := range []string{`line">by feedback 1.0 %<`, `line warn">by feedback 5.0 %<`, `queue 25.0 ms<`} {
		if strings.Count(w.Body.String(), want) != 1 {
			t.Errorf("the page has not one %s:\n%s", want, w.Body.String())
		}
	}
}
