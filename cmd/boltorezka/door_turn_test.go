package main

import (
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	pionturn "github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// joinVoice goes into a room's voice and returns what the server says then.
func joinVoice(t *testing.T, conn *client.Conn) *wire.VoiceJoined {
	t.Helper()
	if _, err := conn.Request(within(t), wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"}); err != nil {
		t.Fatal(err)
	}
	return await[*wire.VoiceJoined](t, conn)
}

// await returns the next event of a kind.
func await[T any](t *testing.T, conn *client.Conn) T {
	t.Helper()
	ctx := within(t)
	for {
		select {
		case ev := <-conn.Events():
			if got, ok := ev.Payload.(T); ok {
				return got
			}
		case <-ctx.Done():
			var none T
			t.Fatalf("no %T", none)
		}
	}
}

// TestTURNOverTLS signs in over https and talks by TURN over TLS alone, on the
// same port and on one of its own.
func TestTURNOverTLS(t *testing.T) {
	own := freePort(t)
	s := startSecure(t, map[string]string{"BOLTOREZKA_TURN_TLS_ADDR": "127.0.0.1:" + own})
	c, err := client.New("https://localhost:"+s.port, client.WithHTTPClient(s.browser()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Register(within(t), wire.Register{Name: "ann", Password: "a long password"}); err != nil {
		t.Fatal(err)
	}
	conn, err := c.Connect(within(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	joined := joinVoice(t, conn)
	server := joined.ICEServers[len(joined.ICEServers)-1]
	one, two := "turns:localhost:443?transport=tcp", "turns:localhost:"+own+"?transport=tcp"
	one = strings.Replace(one, "443", s.port, 1)
	if !slices.Contains(server.URLs, one) || !slices.Contains(server.URLs, two) {
		t.Fatalf("the servers are %+v", joined.ICEServers)
	}

	for _, port := range []string{s.port, own} {
		over, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{RootCAs: s.roots, ServerName: "localhost", NextProtos: []string{"stun.turn"}})
		if err != nil {
			t.Fatal(err)
		}
		peer, err := pionturn.NewClient(&pionturn.ClientConfig{STUNServerAddr: over.RemoteAddr().String(), TURNServerAddr: over.RemoteAddr().String(),
			Username: server.Username, Password: server.Credential, Realm: "boltorezka", Conn: pionturn.NewSTUNConn(over)})
		if err != nil {
			t.Fatal(err)
		}
		if err := peer.Listen(); err != nil {
			t.Fatal(err)
		}
		relay, err := peer.Allocate()
		if err != nil {
			t.Fatalf("port %s: %v", port, err)
		}
		mapped, err := peer.SendBindingRequest()
		if err != nil || mapped.String() != over.LocalAddr().String() {
			t.Errorf("seen as %v, %v; is %s", mapped, err, over.LocalAddr())
		}
		_ = relay.Close()
		peer.Close()
		_ = over.Close()
	}

	// Others meanwhile leave handshakes half open and say what is no handshake.
	stop := attack(s.port)
	defer stop()
	relayed := s.metric(`turn_packets_total{direction="to_peer"}`)
	speak(t, s, conn, joined, webrtc.ICEServer{URLs: []string{one}, Username: server.Username, Credential: server.Credential})
	stop()
	for _, cause := range []string{"not_tls", "handshake_gone"} {
		if s.metric(`tls_refused_total{cause="`+cause+`"}`) == 0 {
			t.Errorf("nobody was refused as %s", cause)
		}
	}
	if n := s.metric(`turn_packets_total{direction="to_peer"}`) - relayed; n < 10 {
		t.Errorf("%v packets were relayed", n)
	}
	if n := s.metric(`tls_connections_total{speaks="turn"}`); n < 3 {
		t.Errorf("%v connections were TURN's", n)
	}
	t.Logf("through TURN over TLS: %v packets to the SFU, %v from it", s.metric(`turn_packets_total{direction="to_peer"}`), s.metric(`turn_packets_total{direction="from_peer"}`))
}

// attack disturbs a TLS port until what it returns is called.
func attack(port string) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 20 {
		say := []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") // a hello's beginning
		if i%2 == 0 {
			say = []byte("\x00\x01 nothing that is known")
		}
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(i+1))}}
		wg.Go(func() {
			for {
				conn, err := dialer.Dial("tcp", "127.0.0.1:"+port)
				if err == nil {
					_, _ = conn.Write(say)
				}
				select {
				case <-time.After(50 * time.Millisecond):
				case <-done:
				}
				if err == nil {
					_ = conn.Close()
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	return sync.OnceFunc(func() {
		close(done)
		wg.Wait()
	})
}

// speak sends voice by one TURN server and no other way until the SFU has it.
func speak(t *testing.T, s *secureServer, conn *client.Conn, joined *wire.VoiceJoined, server webrtc.ICEServer) {
	t.Helper()
	var se webrtc.SettingEngine
	se.SetIncludeLoopbackCandidate(true)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(se), webrtc.WithMediaEngine(opusEngine(t))).NewPeerConnection(webrtc.Configuration{
		ICEServers: []webrtc.ICEServer{server}, ICETransportPolicy: webrtc.ICETransportPolicyRelay, BundlePolicy: webrtc.BundlePolicyMaxBundle})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pc.GracefulClose() }()
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "mic", "mic")
	if err != nil {
		t.Fatal(err)
	}
	line, err := pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		t.Fatal(err)
	}
	connected := make(chan struct{})
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	sdp := pc.LocalDescription().SDP
	if !strings.Contains(sdp, "typ relay") || strings.Contains(sdp, "typ host") {
		t.Fatalf("the offer is\n%s", sdp)
	}
	msg := wire.SFUOffer{Epoch: joined.Epoch, SDP: sdp, Tracks: []wire.Track{{MID: line.Mid(), Source: wire.SourceMic, Layer: wire.LayerHigh}}}
	if _, err := conn.Request(within(t), wire.TypeSFUOffer, msg); err != nil {
		t.Fatal(err)
	}
	answer := await[*wire.SFUAnswer](t, conn)
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-connected:
	case <-within(t).Done():
		t.Fatal("not connected")
	}
	for seq := uint16(0); s.metric("sfu_packets_in_total") < 50; seq++ {
		p := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: uint32(seq) * 960}, Payload: []byte{0xf8, 0xff, 0xfe}}
		if err := track.WriteRTP(p); err != nil {
			t.Fatal(err)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("no voice arrived")
		}
	}
	if n := s.metric("turn_tcp_connections"); n < 1 {
		t.Errorf("%v connections of TURN now", n)
	}
}

func opusEngine(t *testing.T) *webrtc.MediaEngine {
	t.Helper()
	m := &webrtc.MediaEngine{}
	if err := m.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	return m
}
