package sfu

import (
	"time"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// PathState is the state of the media path between a peer and the SFU.
type PathState string

// The states of a path.
const (
	PathNone       PathState = "none"       // the client has made no offer
	PathConnecting PathState = "connecting" // answered; no keys yet
	PathConnected  PathState = "connected"
	PathLost       PathState = "lost"   // nothing was heard for some seconds
	PathFailed     PathState = "failed" // the latest handshake failed; the client may begin another
)

// watch is what a link knows only for those who look at it from outside. It
// is guarded by the room's mutex; times are the transport's microseconds.
type watch struct {
	connectedAt int64
	lost        bool
}

// slotReport is what a listener last said of one slot in use.
type slotReport struct {
	at   int64 // 0: nothing yet
	lost uint8 // of 256
}

// reportUs is how long after its last packet what is reported of a slot still
// counts: an idle slot loses nothing, which says nothing.
const reportUs = 5_000_000

// state says how l's path is; a nil link is a peer without one.
func (l *link) state() PathState {
	switch {
	case l == nil:
		return PathNone
	case !l.connected && l.watch.lost:
		return PathFailed
	case !l.connected:
		return PathConnecting
	case l.watch.lost:
		return PathLost
	}
	return PathConnected
}

// observeRTT counts a round trip that a report block of the client has told.
func (l *link) observeRTT() {
	l.peer.room.metrics.rtt.observe(rttBounds, float64(l.rtt)/1e6)
}

// observePath counts the latest round trip of the path's connectivity checks.
// It is called as often for every peer.
func (l *link) observePath() {
	if us := l.session.RTT(); us > 0 {
		l.peer.room.metrics.pathRTT.observe(rttBounds, float64(us)/1e6)
	}
}

// observeLoss counts the fraction lost, of 256, that a report block of the
// client tells of a slot.
func (l *link) observeLoss(now int64, s *outSlot, lost uint8) {
	if s.sent == 0 || now-s.lastSent > reportUs {
		return
	}
	s.told = slotReport{now, lost}
	l.peer.room.metrics.loss.observe(lossBounds, percent(lost))
}

// observeUplink counts the fraction lost, of 256, that a report block to the
// client tells of its stream in. Only the microphone's counts: the others are
// not relayed.
func (l *link) observeUplink(in *inbound, lost uint8) {
	if in.track != nil && in.track.relayed {
		l.peer.room.metrics.uplink.observe(lossBounds, percent(lost))
	}
}

// observeFailure counts a failed handshake, of which a session may have some.
func (l *link) observeFailure(cause transport.HandshakeCause) {
	r := l.peer.room
	r.mu.Lock()
	defer r.mu.Unlock()
	r.metrics.handshakesFailed[cause].Add(1)
}

// seen is what the feedback has told so far: nothing of a nil downlink.
func (d *downlink) seen() FeedbackState {
	if d == nil {
		return FeedbackState{}
	}
	return FeedbackState{Acked: uint64(d.acked), Lost: uint64(d.lost), Loss: float64(d.lossAvg) * 100}
}

func percent(fraction uint8) float64 { return float64(fraction) * 100 / 256 }

// meterUs is how long a meter looks back.
const meterUs = 1_000_000

// meter reckons how many packets a second go in and out.
type meter struct {
	at              int64
	in, out         count
	inRate, outRate float64
}

// tick is called with the counters of now, more often than every meterUs.
func (m *meter) tick(now int64, in, out count) {
	if m.at == 0 {
		m.at, m.in, m.out = now, in, out
	}
	if d := now - m.at; d >= meterUs {
		s := (time.Duration(d) * time.Microsecond).Seconds()
		m.inRate, m.outRate = float64(in-m.in)/s, float64(out-m.out)/s
		m.at, m.in, m.out = now, in, out
	}
}
