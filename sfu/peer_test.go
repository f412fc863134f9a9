package sfu_test

import (
	"bytes"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5"
	"github.com/pion/webrtc/v4"

	"github.com/boltorezka/boltorezka/sfu"
)

const (
	levelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	twccURI  = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

// heard is one packet that a test peer was sent.
type heard struct {
	slot int
	csrc uint32
	rtp.Packet
	silence bool // of the server's own
	at      time.Time
}

// testPeer is a pion/webrtc client of the SFU: one microphone, some slots.
type testPeer struct {
	t    testing.TB
	csrc uint32
	peer *sfu.Peer
	pc   *webrtc.PeerConnection
	mic  *webrtc.TrackLocalStaticRTP

	through  transport.Net
	networks []webrtc.NetworkType
	red      bool // takes redundant Opus

	seq     uint16
	ts      uint32
	levelID uint8

	connected chan struct{}
	speaking  chan bool
	slots     chan []sfu.Slot

	mu       sync.Mutex
	heard    []heard
	reports  []*rtcp.SenderReport
	received []rtcp.ReceptionReport
	told     []*rtcp.TransportLayerCC
	byes     []uint32
	words    []sfu.Quality
}

func newSFU(t testing.TB, change ...func(*sfu.Config)) *sfu.SFU {
	t.Helper()
	cfg := sfu.Defaults()
	cfg.UDPAddr, cfg.TCPAddr = "127.0.0.1:0", "off"
	for _, f := range change {
		f(&cfg)
	}
	s, err := sfu.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newPC(t testing.TB, through transport.Net, networks []webrtc.NetworkType, more ...webrtc.RTPCodecParameters) *webrtc.PeerConnection {
	t.Helper()
	m := &webrtc.MediaEngine{}
	opus := webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
		RTCPFeedback: []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "transport-cc"}},
	}
	for _, c := range append([]webrtc.RTPCodecParameters{{RTPCodecCapability: opus, PayloadType: 111}}, more...) {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range []string{levelURI, "urn:ietf:params:rtp-hdrext:sdes:mid", twccURI} {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: u}, webrtc.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
	}
	reg := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(m, reg); err != nil {
		t.Fatal(err)
	}
	if err := webrtc.ConfigureTWCCHeaderExtensionSender(m, reg); err != nil {
		t.Fatal(err)
	}
	var se webrtc.SettingEngine
	if through != nil {
		se.SetNet(through)
	}
	se.SetIncludeLoopbackCandidate(true)
	se.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	if networks == nil {
		networks = []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	}
	se.SetNetworkTypes(networks)
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(reg), webrtc.WithSettingEngine(se)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

type joinOptions struct {
	muted, deafened bool
	slots           int
	through         transport.Net        // nil: the machine's
	networks        []webrtc.NetworkType // nil: UDP
	red             bool
}

// join joins a room and waits until media flows.
func join(t testing.TB, s *sfu.SFU, room string, csrc uint32, o joinOptions) *testPeer {
	t.Helper()
	p := &testPeer{t: t, csrc: csrc, through: o.through, networks: o.networks, red: o.red, connected: make(chan struct{}), speaking: make(chan bool, 64), slots: make(chan []sfu.Slot, 64)}
	var once sync.Once
	var err error
	p.peer, err = s.Join(sfu.Join{Room: room, CSRC: csrc, Muted: o.muted, Deafened: o.deafened, Events: sfu.Events{
		Connected: func(ok bool) {
			if ok {
				once.Do(func() { close(p.connected) })
			}
		},
		Speaking: func(b bool) { tell(p.speaking, b) },
		Slots:    func(x []sfu.Slot) { tell(p.slots, x) },
		Quality:  func(q sfu.Quality) { p.mu.Lock(); p.words = append(p.words, q); p.mu.Unlock() },
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.leave)
	if o.slots == 0 {
		o.slots = s.AudioSlots()
	}
	p.connect(o.slots)
	select {
	case <-p.connected:
	case <-time.After(10 * time.Second):
		t.Fatalf("peer %d does not connect", csrc)
	}
	return p
}

// tell never waits, since it is the SFU that calls it: a channel that no test
// reads keeps the newest.
func tell[T any](c chan T, x T) {
	for {
		select {
		case c <- x:
			return
		default:
		}
		select {
		case <-c:
		default:
		}
	}
}

// connect makes a new PeerConnection in the same voice session.
func (p *testPeer) connect(slots int) {
	t := p.t
	t.Helper()
	var more []webrtc.RTPCodecParameters
	if p.red {
		more = append(more, redundantOpus)
	}
	pc := newPC(t, p.through, p.networks, more...)
	old := p.pc
	p.pc = pc
	var err error
	p.mic, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "mic", "mic")
	if err != nil {
		t.Fatal(err)
	}
	tr, err := pc.AddTransceiverFromTrack(p.mic, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		t.Fatal(err)
	}
	mids := map[*webrtc.RTPReceiver]int{}
	for i := range slots {
		rx, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		if err != nil {
			t.Fatal(err)
		}
		mids[rx.Receiver()] = i
	}
	pc.OnTrack(func(tr *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		go func() {
			for {
				ks, _, err := r.ReadRTCP()
				if err != nil {
					return
				}
				for _, k := range ks {
					p.mu.Lock()
					switch k := k.(type) {
					case *rtcp.SenderReport:
						p.reports = append(p.reports, k)
					case *rtcp.Goodbye:
						p.byes = append(p.byes, k.Sources...)
					}
					p.mu.Unlock()
				}
			}
		}()
		for {
			k, _, err := tr.ReadRTP()
			if err != nil {
				return
			}
			h := heard{slot: mids[r], Packet: *k, silence: bytes.Equal(k.Payload, []byte{0xF8, 0xFF, 0xFE}), at: time.Now()}
			if len(k.CSRC) == 1 {
				h.csrc = k.CSRC[0]
			}
			p.mu.Lock()
			p.heard = append(p.heard, h)
			p.mu.Unlock()
		}
	})
	go func() {
		for {
			ks, _, err := tr.Sender().ReadRTCP()
			if err != nil {
				return
			}
			for _, k := range ks {
				p.mu.Lock()
				switch k := k.(type) {
				case *rtcp.ReceiverReport:
					p.received = append(p.received, k.Reports...)
				case *rtcp.TransportLayerCC:
					p.told = append(p.told, k)
				}
				p.mu.Unlock()
			}
		}
	}()
	p.negotiate(nil)
	for _, h := range tr.Sender().GetParameters().HeaderExtensions {
		if h.URI == levelURI {
			p.levelID = uint8(h.ID)
		}
	}
	if old != nil {
		t.Cleanup(func() { _ = old.Close() })
	}
}

func (p *testPeer) negotiate(o *webrtc.OfferOptions) {
	p.t.Helper()
	offer, err := p.pc.CreateOffer(o)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.pc.SetLocalDescription(offer); err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.peer.Offer(offer.SDP, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		p.t.Fatalf("%v\n%s", err, answer)
	}
}

func (p *testPeer) leave() {
	p.peer.Close()
	_ = p.pc.Close()
}

// speak sends n packets of 20 ms at a level, as fast as every paces them.
func (p *testPeer) speak(n int, level uint8, every time.Duration) {
	p.t.Helper()
	payload := append([]byte{0xF8}, make([]byte, 79)...)
	start := time.Now()
	for i := range n {
		time.Sleep(time.Until(start.Add(time.Duration(i) * every))) // real time: no drift
		k := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: p.seq, Timestamp: p.ts}, Payload: payload}
		p.seq++
		p.ts += 960
		if p.levelID != 0 {
			if err := k.SetExtension(p.levelID, []byte{level}); err != nil {
				p.t.Fatal(err)
			}
		}
		if err := p.mic.WriteRTP(k); err != nil && err != io.ErrClosedPipe {
			p.t.Error(err)
			return
		}
	}
}

// from are the packets of a speaker that this peer was sent, without the silence
// that the server itself ends him with.
func (p *testPeer) from(csrc uint32) []heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []heard
	for _, h := range p.heard {
		if h.csrc == csrc && !h.silence {
			out = append(out, h)
		}
	}
	return out
}

// stream is from with that silence.
func (p *testPeer) stream(csrc uint32) []heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.heard), func(h heard) bool { return h.csrc != csrc })
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}
