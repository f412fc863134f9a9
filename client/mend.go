package client

import (
	"time"

	"github.com/pion/webrtc/v4"
)

// pathChanged takes a change of the PeerConnection's state.
func (v *Voice) pathChanged(p *peer, s webrtc.PeerConnectionState) {
	if p != v.current.Load() {
		return
	}
	switch s {
	case webrtc.PeerConnectionStateConnected:
		p.sending.Store(true)
		v.loop.repair.connected()
		v.watch()
	case webrtc.PeerConnectionStateDisconnected:
		v.setState(MediaRepairing)
		v.loop.repair.disconnected()
	case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		p.sending.Store(false)
		v.setState(MediaRepairing)
		v.loop.repair.failed()
	}
}

// reachable says whether there is a WebSocket: without one nothing can be mended.
func (v *Voice) reachable() bool {
	v.conn.mu.Lock()
	defer v.conn.mu.Unlock()
	return v.conn.sock != nil
}

// roundTrip is the WebSocket's last.
func (v *Voice) roundTrip() time.Duration { return min(v.conn.Stats().RTT, time.Second) }

// restartable says whether ICE can be restarted: not before an answer, nor while
// one is due, nor on what has ended.
func (v *Voice) restartable() bool {
	p := v.current.Load()
	if p == nil || !p.answered || p.offering {
		return false
	}
	s := p.pc.ConnectionState()
	return s != webrtc.PeerConnectionStateFailed && s != webrtc.PeerConnectionStateClosed
}

// begin takes a step of a repair.
func (v *Voice) begin(step RepairStep) {
	v.setState(MediaRepairing)
	v.conn.client.log.Info("mending the media path", "step", string(step), "cause", string(v.loop.repair.cause))
	switch step {
	case RepairICERestart:
		v.offer(v.current.Load(), true)
	case RepairNewPeerConnection:
		v.rebuild()
	case RepairRejoin:
		v.rejoin()
	}
}

// mended is told that the path is whole.
func (v *Voice) mended() { v.setState(MediaConnected) }

// report counts a step and tells of it.
func (v *Voice) report(r VoiceRepair) {
	switch r.Step {
	case RepairICERestart:
		v.repairs.iceRestarts.Add(1)
	case RepairNewPeerConnection:
		v.repairs.newPeerConnections.Add(1)
	case RepairRejoin:
		v.repairs.rejoins.Add(1)
	}
	v.conn.client.log.Info("mended the media path", "step", string(r.Step), "cause", string(r.Cause), "ok", r.OK, "took", r.Took)
	v.conn.deliver(Event{Type: TypeRepair, Payload: &r})
}

// giveUp ends the session: there is no path.
func (v *Voice) giveUp() { v.finish(ErrNoMedia) }
