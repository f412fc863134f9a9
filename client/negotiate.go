package client

import (
	"errors"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/pion/webrtc/v4"
)

// rebuild replaces the PeerConnection by a new one: another DTLS fingerprint
// tells the server that it is one.
func (v *Voice) rebuild() {
	old := v.current.Swap(nil)
	v.loop.sessions++
	if old != nil {
		old.close()
	}
	p, err := v.newPeer(v.loop.sessions, len(v.in), v.loop.servers, v.loop.policy)
	if err != nil {
		v.finish(err)
		return
	}
	v.current.Store(p)
	if v.loop.sessions == 1 {
		v.setState(MediaConnecting)
	} else {
		v.setState(MediaRepairing)
	}
	v.offer(p, false)
}

// offer sends an offer at once; its candidates follow as they are found. An
// earlier one must have been answered: restartable sees to that.
func (v *Voice) offer(p *peer, restart bool) {
	o, err := p.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
	if err == nil {
		err = p.pc.SetLocalDescription(o)
	}
	if err != nil {
		v.conn.client.log.Warn("voice offer", "error", err)
		return // the repair timer goes on
	}
	p.offering = true
	// Candidates found meanwhile are posted to this loop, so they follow.
	msg := wire.SFUOffer{Epoch: v.loop.epoch, SDP: p.pc.LocalDescription().SDP}
	for _, m := range p.mics() {
		if mid := m.line.Mid(); mid != "" {
			msg.Tracks = append(msg.Tracks, wire.Track{MID: mid, Source: wire.SourceMic, Layer: m.layer})
		}
	}
	v.request(wire.TypeSFUOffer, msg, func(err error) { v.offered(p, err) })
}

// offered takes the ack or nack of an offer.
func (v *Voice) offered(p *peer, err error) {
	var coded *wire.Error
	if p != v.current.Load() || !errors.As(err, &coded) {
		return // acked, or the socket is gone: socketUp mends
	}
	v.conn.client.log.Warn("voice offer refused", "code", coded.Code, "message", coded.Message)
	switch coded.Code {
	case wire.CodeNotInVoice, wire.CodeStaleEpoch:
		// A voice session that the server has forgotten, or another of ours.
		v.loop.repair.forgotten()
	case wire.CodeRateLimited:
		// The repair timer tries again.
	default:
		v.finish(coded)
	}
}

func (v *Voice) takeAnswer(a *wire.SFUAnswer) {
	p := v.current.Load()
	if p == nil || a.Epoch != v.loop.epoch || !p.offering {
		return
	}
	p.offering = false
	sdp := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: a.SDP}
	if err := p.pc.SetRemoteDescription(sdp); err != nil {
		v.finish(wire.E(wire.CodeNegotiationFailed, "the server's answer: "+err.Error()))
		return
	}
	p.answered = true
	if v.opts.OnAgreed != nil {
		v.opts.OnAgreed(p.pc.LocalDescription().SDP, a.SDP)
	}
	if parsed, err := sdp.Unmarshal(); err == nil { // which it has been before
		for _, m := range p.mics() {
			m.agreed(parsed)
		}
	}
	for _, c := range p.candidates {
		v.addCandidate(p, c)
	}
	p.candidates = nil
}

func (v *Voice) takeCandidate(m *wire.SFUICE) {
	p := v.current.Load()
	if p == nil || m.Epoch != v.loop.epoch || m.Candidate == nil {
		return // the end of candidates changes nothing for Pion
	}
	c := webrtc.ICECandidateInit{
		Candidate: m.Candidate.Candidate, SDPMid: m.Candidate.SDPMid,
		SDPMLineIndex: m.Candidate.SDPMLineIndex, UsernameFragment: m.Candidate.UsernameFragment,
	}
	if p.answered && !p.offering {
		v.addCandidate(p, c)
	} else if len(p.candidates) < maxEarly {
		p.candidates = append(p.candidates, c)
	}
}

func (v *Voice) addCandidate(p *peer, c webrtc.ICECandidateInit) {
	if err := p.pc.AddICECandidate(c); err != nil {
		v.conn.client.log.Warn("voice candidate", "candidate", c.Candidate, "error", err)
	}
}

// sendCandidate trickles one of our candidates; nil ends them.
func (v *Voice) sendCandidate(p *peer, c *webrtc.ICECandidate) {
	if p != v.current.Load() {
		return
	}
	m := wire.SFUICE{Epoch: v.loop.epoch}
	if c != nil {
		i := c.ToJSON()
		m.Candidate = &wire.ICECandidate{
			Candidate: i.Candidate, SDPMid: i.SDPMid, SDPMLineIndex: i.SDPMLineIndex, UsernameFragment: i.UsernameFragment,
		}
	}
	v.conn.post(wire.TypeSFUICE, m)
}
