package sfu

import (
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/sfu/internal/estimate"
	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
)

// What was known of a path is not known for ever: while nothing is sent over
// it, no loss and no queue of before makes a step.
func TestWhatIsKnownOfAPathGrowsOld(t *testing.T) {
	x := newDuet(t)
	l := x.listener
	l.down = &downlink{lossAvg: 0.3, heardAt: 10_000_000}
	var p []estimate.Packet
	for i := range int64(200) {
		p = append(p[:0], estimate.Packet{Sent: 6_000_000 + i*20_000, Arrived: 6_000_000 + i*24_000, Size: 200})
		l.judge.estimator.Take(6_000_000+i*24_000, p)
	}
	if o := l.observation(10_100_000); o.Loss < 0.29 || o.Queue == 0 {
		t.Fatalf("at first %+v", o)
	}
	if o := l.observation(12_000_000); o.Queue != 0 || o.Overuse || o.Loss < 0.29 {
		t.Errorf("without feedback for two seconds %+v", o)
	}
	// Operators are shown the queue that the ladder goes by.
	for now, want := range map[int64]bool{10_100_000: true, 12_000_000: false} {
		w := watcher{now: now, wall: func(int64) time.Time { return time.Time{} }}
		var shown PeerState
		if w.link(x.r, l, &shown); shown.Feedback.Queue != l.observation(now).Queue || shown.Feedback.Queue > 0 != want {
			t.Errorf("at %d the queue that is shown is %v", now, shown.Feedback.Queue)
		}
	}
	if o := l.observation(20_000_000); o.Loss != 0 {
		t.Errorf("without feedback for ten seconds %+v", o)
	}
	// A client that agreed to feedback and gives none has its reports.
	l.slots[0].told = slotReport{at: 19_000_000, lost: 64}
	if o := l.observation(20_200_000); o.Loss != 0.25 {
		t.Errorf("by reports %+v", o)
	}
}

// A microphone that was parked after a bad while is not asked for less and less.
func TestAParkedMicrophoneLosesNothing(t *testing.T) {
	x := newDuet(t)
	l := x.listener // a participant like others
	l.connected = true
	l.judgeUplink(1_000_000)
	in := x.in[0]
	l.in = []*inbound{in}
	now := int64(1_000_000)
	for n := range 400 {
		if n%2 == 0 {
			now += 20_000
			in.observe(now, uint16(n), uint32(n)*480)
		}
		if n%20 == 0 {
			l.judgeUplink(now)
		}
	}
	u := &l.peer.uplink
	if u.loss < 0.3 {
		t.Fatalf("%v lost of every second packet", u.loss)
	}
	l.peer.muted = true
	before := u.plan.MaxBitrate
	for range 1000 {
		now += 200_000
		l.judgeUplink(now)
	}
	if u.seen.Loss != 0 || u.plan.MaxBitrate < before {
		t.Errorf("after minutes %v lost, %d bit/s wanted after %d", u.seen.Loss, u.plan.MaxBitrate, before)
	}
}

// Operators are shown what a listener is sent, and why, while he is judged.
func TestWhatAListenerIsSentIsShown(t *testing.T) {
	x := newDuet(t)
	l := x.listener
	w := watcher{now: 1_000_000, wall: func(int64) time.Time { return time.Time{} }}
	shown := func() *Downlink {
		var s PeerState
		w.link(x.r, l, &s)
		return s.Downlink
	}
	if d := shown(); d != nil {
		t.Fatalf("before he is judged: %+v", d)
	}
	l.judge.begun, l.judge.reason = true, ladder.Congestion
	l.judge.seen = ladder.Observation{EstimateBps: 64_321}
	l.judge.plan = ladder.Plan{Layer: ladder.Low, Redundancy: 2, FrameMs: 60, Slots: 1}
	want := Downlink{State: "fair", Layer: "low", Redundancy: 2, FrameMs: 60, Slots: 1, Estimate: 64_000, Reason: "congestion"}
	if d := shown(); d == nil || *d != want {
		t.Errorf("shown is %+v, want %+v", d, want)
	}
	l.peer.SetDeafened(true)
	if d := shown(); d != nil {
		t.Errorf("deafened: %+v", d)
	}
}

// Who has deafened himself is told nothing of what he is not sent.
func TestTheDeafenedAreNotPoor(t *testing.T) {
	x := newDuet(t)
	l := x.listener
	l.judge.begun, l.judge.reason = true, ladder.Loss
	l.judge.seen = ladder.Observation{Loss: 0.5}
	l.judge.plan = ladder.Plan{Layer: ladder.Low, FrameMs: 60, Slots: 1}
	if q := l.peer.quality(l).Downlink; q.State != "poor" {
		t.Fatalf("at first %+v", q)
	}
	l.peer.SetDeafened(true)
	if q := l.peer.quality(l).Downlink; q.State != "good" || q.Loss != 0 || q.Reason != "" {
		t.Errorf("deafened: %+v", q)
	}
}

// A listener without redundancy who claims to lose everything has publishers
// told of some loss, not of all.
func TestAClaimOfLossIsBounded(t *testing.T) {
	x := newDuet(t)
	l := x.listener
	l.slots[0].redPT, l.judge.seen.Loss = 0, 1
	x.r.bareLoss = l.bareLoss()
	if n := x.r.lossTold(0); n < 50 || n > 60 {
		t.Errorf("%d of 256 are told", n)
	}
	if n := x.r.lossTold(200); n != 200 {
		t.Errorf("%d of 256 are told of a publisher's own 200", n)
	}
}

// There is a low layer for a listener when somebody else has one.
func TestALowLayerIsSomebodyElses(t *testing.T) {
	x := newDuet(t)
	x.listener.peer.layers = &layers{}
	for _, both := range []bool{true, false} {
		if !both {
			x.talker.layers = nil
		}
		for _, p := range x.r.peers { // nothing but the count
			if p.active != nil {
				p.active.connected = false
			}
		}
		x.r.tick(2, x.w, nil)
		if low := x.listener.means().Low; low != both {
			t.Errorf("low layer: %v, want %v", low, both)
		}
	}
}
