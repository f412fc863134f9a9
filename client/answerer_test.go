package client

import (
	"encoding/json"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// answerer stands for the SFU of a fake server: it answers offers with
// pion/webrtc and plays each packet of the microphone back in slot 0, with a
// CSRC, as the contract says voice arrives.
type answerer struct {
	t    *testing.T
	s    *fakeSocket
	pipe *pipe
	mux  *ice.UDPMuxDefault
	pc   *webrtc.PeerConnection
	slot *webrtc.TrackLocalStaticRTP
	csrc uint32
	red  bool       // redundancy is answered
	took chan taken // not nil: what arrives goes here instead
}

// taken is one packet of a microphone as it came.
type taken struct {
	track string
	rtp.Packet
}

// pipe is a socket whose traffic can be cut off.
type pipe struct {
	net.PacketConn
	cut atomic.Bool
}

func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, a, err := p.PacketConn.ReadFrom(b)
		if err != nil || !p.cut.Load() {
			return n, a, err
		}
	}
}

func (p *pipe) WriteTo(b []byte, a net.Addr) (int, error) {
	if p.cut.Load() {
		return len(b), nil
	}
	return p.PacketConn.WriteTo(b, a)
}

func newAnswerer(t *testing.T, s *fakeSocket) *answerer {
	u, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	a := &answerer{t: t, s: s, pipe: &pipe{PacketConn: u}, csrc: 77}
	a.mux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: a.pipe})
	t.Cleanup(func() {
		a.drop()
		_ = a.mux.Close()
		_ = u.Close()
	})
	return a
}

// drop closes the PeerConnection, as a server that dies does.
func (a *answerer) drop() {
	if a.pc != nil {
		_ = a.pc.GracefulClose()
	}
}

func (a *answerer) renew() {
	a.drop()
	m := &webrtc.MediaEngine{}
	must(a.t, m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: opusCodec, PayloadType: 111}, webrtc.RTPCodecTypeAudio))
	if a.red {
		must(a.t, m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: redCodec, PayloadType: 63}, webrtc.RTPCodecTypeAudio))
	}
	must(a.t, m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: audioLevelURI}, webrtc.RTPCodecTypeAudio))
	var se webrtc.SettingEngine
	se.SetICEUDPMux(a.mux)
	se.SetIncludeLoopbackCandidate(true)
	se.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	se.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	se.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(se)).NewPeerConnection(webrtc.Configuration{})
	must(a.t, err)
	slot, err := webrtc.NewTrackLocalStaticRTP(opusCodec, "slot0", "slots")
	must(a.t, err)
	a.pc, a.slot = pc, slot
	// It takes the first line that only receives.
	_, err = pc.AddTransceiverFromTrack(slot, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	must(a.t, err)
	pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		for {
			p, _, err := t.ReadRTP()
			if err != nil {
				return
			}
			if a.took != nil {
				a.took <- taken{t.ID(), *p}
				continue
			}
			out := rtp.Packet{Header: rtp.Header{
				Version: 2, SequenceNumber: p.SequenceNumber, Timestamp: p.Timestamp, Marker: p.Marker, CSRC: []uint32{a.csrc},
			}, Payload: p.Payload}
			for _, e := range r.GetParameters().HeaderExtensions {
				if e.URI == audioLevelURI {
					_ = out.SetExtension(uint8(e.ID), p.GetExtension(uint8(e.ID)))
				}
			}
			_ = slot.WriteRTP(&out)
		}
	})
}

// answer takes an offer; a fresh one makes a new PeerConnection.
func (a *answerer) answer(q wire.Request, fresh bool) wire.SFUOffer {
	a.t.Helper()
	var o wire.SFUOffer
	must(a.t, json.Unmarshal(q.Payload, &o))
	if fresh {
		a.renew()
	}
	must(a.t, a.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: o.SDP}))
	ans, err := a.pc.CreateAnswer(nil)
	must(a.t, err)
	done := webrtc.GatheringCompletePromise(a.pc)
	must(a.t, a.pc.SetLocalDescription(ans))
	<-done
	a.s.ack(q, wire.Ack{})
	a.s.event(wire.TypeSFUAnswer, wire.SFUAnswer{Epoch: o.Epoch, SDP: a.pc.LocalDescription().SDP})
	return o
}

// wantOffer returns the next offer, taking the candidates that trickle before
// it.
func (a *answerer) wantOffer() wire.Request {
	a.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case q := <-a.s.in:
			switch q.Type {
			case wire.TypeSFUOffer:
				return q
			case wire.TypeSFUICE, wire.TypePing:
			default:
				a.t.Fatalf("got %s, want an offer", q.Type)
			}
		case <-timeout:
			a.t.Fatal("no offer came")
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
