package light

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/pion/webrtc/v4"
)

// Peer is one client's media. Its PeerConnections, of which it has another
// after a repair, have a socket each.
type Peer struct {
	engine *Engine
	hear   func(*Arrival)
	live   atomic.Pointer[endpoint] // the newest PeerConnection's
	up     uplink

	mu       sync.Mutex
	sessions int
	closed   bool
	err      error
}

// Settings gives a PeerConnection a socket of ours: it is for
// client.WithMediaSettings. What goes wrong is told by Agreed.
func (p *Peer) Settings(s *webrtc.SettingEngine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.sessions++
	ep, err := p.engine.open(p, p.sessions)
	if err != nil {
		p.err = err
		return
	}
	if old := p.live.Swap(ep); old != nil {
		p.engine.shut(old)
	}
	s.SetICEUDPMux(&ep.mux)
	s.SetNetworkTypes([]webrtc.NetworkType{ep.network()})
	s.SetDTLSKeyLogWriter(ep)
}

// Agreed tells what was negotiated: the PeerConnection's own offer and the
// server's answer. Until then nothing is heard.
func (p *Peer) Agreed(offer, answer string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	ep := p.live.Load()
	if p.err != nil || ep == nil {
		return errors.Join(p.err, errors.New("light: no socket"))
	}
	t, err := agree(offer, answer)
	if err != nil {
		return err
	}
	ep.terms.Store(t)
	return nil
}

// Ready says whether there are keys and terms, so that Send would send.
func (p *Peer) Ready() bool {
	ep := p.live.Load()
	return ep != nil && ep.keys.Load() != nil && ep.terms.Load() != nil && ep.remote.Load() != nil
}

// Send sends one packet of Opus that belongs to the 20 ms frame of that
// number, at the instant ns; it is false when there is no path. level is in
// -dBov (RFC 6464), voice says that there is voice in it and first that a talk
// spurt begins with it. One goroutine sends for a peer.
func (p *Peer) Send(frame uint32, payload []byte, level uint8, voice, first bool, ns int64) bool {
	ep := p.live.Load()
	if ep == nil || len(payload) > maxPayload {
		return false
	}
	k, t := ep.keys.Load(), ep.terms.Load()
	if k == nil || t == nil {
		return false
	}
	u := &p.up
	u.mu.Lock()
	defer u.mu.Unlock()
	plain := u.write(t, frame, payload, level, voice, first, ns)
	b, err := k.out.EncryptRTP(u.secret[:0], plain, &u.header)
	return err == nil && ep.send(b)
}

// Close closes the peer's sockets; its handler is not called any more when it
// returns. The PeerConnections are to be closed before.
func (p *Peer) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if ep := p.live.Swap(nil); ep != nil {
		p.engine.shut(ep)
	}
}
