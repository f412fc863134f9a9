package client

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// peer is one PeerConnection of a voice session. A session has one until the
// path cannot be mended, and then another.
type peer struct {
	session   int // counts them, from 1
	pc        *webrtc.PeerConnection
	high, low *micLine // low is nil without a low layer
	slots     []*webrtc.RTPTransceiver

	mu      sync.Mutex // guards closed, and with it that no reader comes late
	closed  bool
	readers sync.WaitGroup

	sending atomic.Bool // the path is there

	// Of the loop alone:
	answered   bool                      // a remote description is set
	offering   bool                      // an offer waits for its answer
	candidates []webrtc.ICECandidateInit // that came before the answer
}

// maxEarly bounds the candidates that are kept until the answer comes.
const maxEarly = 64

// newPeer makes a PeerConnection with the microphone's lines first and slots
// recvonly lines after them. state and candidate are called from Pion's goroutines.
func (v *Voice) newPeer(session, slots int, servers []webrtc.ICEServer, policy webrtc.ICETransportPolicy) (*peer, error) {
	api, err := v.conn.client.mediaAPI(policy == webrtc.ICETransportPolicyRelay)
	if err != nil {
		return nil, err
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{
		ICEServers: servers, ICETransportPolicy: policy, BundlePolicy: webrtc.BundlePolicyMaxBundle,
	})
	if err != nil {
		return nil, fmt.Errorf("client: voice: %w", err)
	}
	p := &peer{session: session, pc: pc}
	if err := p.lines(v.opts.LowLayer, slots); err != nil {
		_ = pc.GracefulClose()
		return nil, fmt.Errorf("client: voice: %w", err)
	}
	pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) { v.readSlot(p, t, r) })
	pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		v.post(func() { v.sendCandidate(p, c) })
	})
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		v.post(func() { v.pathChanged(p, s) })
	})
	if v.conn.client.bare {
		return p, nil
	}
	for _, m := range p.mics() {
		p.readers.Go(func() { drain(m.line.Sender().Read) })
	}
	for _, s := range p.slots {
		p.readers.Go(func() { drain(s.Receiver().Read) })
	}
	return p, nil
}

// mics are the lines that send.
func (p *peer) mics() []*micLine {
	if p.low == nil {
		return []*micLine{p.high}
	}
	return []*micLine{p.high, p.low}
}

func (p *peer) lines(low bool, slots int) error {
	p.high = &micLine{layer: wire.LayerHigh}
	if low {
		p.low = &micLine{layer: wire.LayerLow}
	}
	for _, m := range p.mics() {
		var err error
		m.line, err = p.pc.AddTransceiverFromTrack(m, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			return err
		}
	}
	for range slots {
		t, err := p.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		if err != nil {
			return err
		}
		// Pion does not unpack redundancy. Without a payload type of its own the
		// preference has the one that is negotiated.
		if err := t.SetCodecPreferences([]webrtc.RTPCodecParameters{{RTPCodecCapability: opusCodec}}); err != nil {
			return err
		}
		p.slots = append(p.slots, t)
	}
	return nil
}

// drain reads RTCP so that the interceptors see it: reports are made and used
// there.
func drain(read func([]byte) (int, interceptor.Attributes, error)) {
	b := make([]byte, 1500)
	for {
		if _, _, err := read(b); err != nil {
			return
		}
	}
}

// close ends the PeerConnection and waits for all of its goroutines.
func (p *peer) close() {
	p.sending.Store(false)
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.pc.GracefulClose()
	p.readers.Wait()
}

// reading counts one more reader; it is false when the peer is closing.
func (p *peer) reading() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.readers.Add(1)
	}
	return !p.closed
}

// readSlot reads one slot's packets until the peer is closed; Pion gives it a
// goroutine.
func (v *Voice) readSlot(p *peer, t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	slot := -1
	for i, s := range p.slots {
		if s.Receiver() == r {
			slot = i
		}
	}
	if slot < 0 {
		return // not a line of ours
	}
	if !p.reading() {
		return
	}
	defer p.readers.Done()
	var levelID uint8
	for _, e := range r.GetParameters().HeaderExtensions {
		if e.URI == audioLevelURI {
			levelID = uint8(e.ID)
		}
	}
	m := v.in[slot]
	m.session()
	buf := make([]byte, 1500)
	for {
		n, _, err := t.Read(buf)
		if err != nil {
			return
		}
		now := time.Now()
		var pkt rtp.Packet
		if pkt.Unmarshal(buf[:n]) != nil {
			continue
		}
		m.take(&pkt.Header, len(pkt.Payload))
		if v.opts.OnAudio != nil && len(pkt.Payload) > 0 {
			v.opts.OnAudio(v.frame(p, slot, levelID, &pkt, now))
		}
	}
}

func (v *Voice) frame(p *peer, slot int, levelID uint8, pkt *rtp.Packet, now time.Time) Frame {
	f := Frame{
		Slot: slot, Session: p.session, Seq: pkt.SequenceNumber, Timestamp: pkt.Timestamp,
		Marker: pkt.Marker, Level: NoLevel, Payload: pkt.Payload, ReceivedAt: now,
	}
	if len(pkt.CSRC) > 0 {
		f.CSRC = pkt.CSRC[0]
		f.UserID = v.roster.Load().byCSRC[f.CSRC]
	}
	if levelID != 0 {
		if b := pkt.GetExtension(levelID); len(b) > 0 {
			f.Level = b[0] & 0x7f
		}
	}
	return f
}

func iceServers(in []wire.ICEServer) []webrtc.ICEServer {
	out := make([]webrtc.ICEServer, 0, len(in))
	for _, s := range in {
		out = append(out, webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential})
	}
	return out
}
