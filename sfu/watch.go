package sfu

import "time"

// PathState is the state of the media path between a peer and the SFU.
type PathState string

// The states of a path.
const (
	PathNone       PathState = "none"       // the client has made no offer
	PathConnecting PathState = "connecting" // answered; no keys yet
	PathConnected  PathState = "connected"
	PathLost       PathState = "lost"   // nothing was heard for some seconds
	PathFailed     PathState = "failed" // the handshake failed for good
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

// observeFailure counts a handshake that failed for good.
func (l *link) observeFailure() {
	r := l.peer.room
	r.mu.Lock()
	defer r.mu.Unlock()
	r.metrics.handshakesFailed.Add(1)
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
