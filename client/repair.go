package client

import (
	"time"

	"github.com/pion/webrtc/v4"
)

const (
	// connectTimeout is how long a repair, or the first attempt, may take.
	connectTimeout = 8 * time.Second
	// blip is how long a lost path may take to come back by itself.
	blip = 500 * time.Millisecond
	// maxTries is how many repairs are tried in a row, about a minute's worth,
	// before the session ends with ErrNoMedia.
	maxTries = 8
)

// pathChanged takes a change of the PeerConnection's state.
func (v *Voice) pathChanged(p *peer, s webrtc.PeerConnectionState) {
	if p != v.current.Load() {
		return
	}
	switch s {
	case webrtc.PeerConnectionStateConnected:
		p.sending.Store(true)
		v.loop.repair.Stop()
		v.loop.tries = 0
		v.setState(MediaConnected)
	case webrtc.PeerConnectionStateDisconnected:
		v.setState(MediaRepairing)
		v.loop.repair.Reset(blip)
	case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		p.sending.Store(false)
		v.setState(MediaRepairing)
		v.mend()
	}
}

// mend repairs a path that is not there: first by an ICE restart, which keeps
// keys and streams, then by a new PeerConnection inside the same session, and
// in the end not at all.
func (v *Voice) mend() {
	p := v.current.Load()
	if p == nil || v.giveUp() {
		return
	}
	v.setState(MediaRepairing)
	v.conn.client.log.Info("mending the media path", "try", v.loop.tries, "state", p.pc.ConnectionState().String())
	v.loop.repair.Reset(connectTimeout)
	s := p.pc.ConnectionState()
	if v.loop.tries <= 2 && p.answered && !p.offering && s != webrtc.PeerConnectionStateFailed && s != webrtc.PeerConnectionStateClosed {
		v.offer(p, true)
		return
	}
	v.rebuild()
}

// giveUp counts a try and ends the session when there were too many. Without a
// WebSocket nothing can be mended, so nothing is counted.
func (v *Voice) giveUp() bool {
	v.conn.mu.Lock()
	offline := v.conn.sock == nil
	v.conn.mu.Unlock()
	if offline {
		v.loop.repair.Reset(connectTimeout)
		return true
	}
	if v.loop.tries++; v.loop.tries > maxTries {
		v.finish(ErrNoMedia)
		return true
	}
	return false
}
