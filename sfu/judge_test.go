package sfu

import (
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/sfu/internal/estimate"
	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
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

// A low layer is asked for in less while somebody else is sent it in the longest
// packets, and the publisher is told so.
func TestAThinLowLayerIsAskedFor(t *testing.T) {
	x := newDuet(t)
	o, err := parseOffer(testOffer())
	if err != nil {
		t.Fatal(err)
	}
	talker := newLink(x.talker)
	talker.configure(o, nil, 2)
	talker.session, talker.connected, talker.in = transport.Sink(), true, x.in[:1]
	x.talker.active, x.talker.layers = talker, &layers{}
	x.r.rebuild()
	for _, l := range []*link{talker, x.listener} { // the plans are the test's
		l.judge.next, l.nextRTCP = 1<<62, 1<<62
	}
	asked := func(now int64) int {
		t.Helper()
		x.in[0].last = now
		x.r.tick(now, x.w, nil)
		talker.judgeUplink(now)
		return x.talker.quality(talker).Uplink.LowMaxBitrate
	}
	if n := asked(1_000_000); n != 16_000 {
		t.Fatalf("%d bit/s at first", n)
	}
	p := &x.listener.judge.plan
	*p = ladder.Plan{Layer: ladder.Low, FrameMs: 120, Slots: 2}
	if n := asked(1_200_000); n != 12_000 {
		t.Errorf("%d bit/s for packets of 120 ms", n)
	}
	p.FrameMs = 60
	if n := asked(1_400_000); n != 12_000 {
		t.Errorf("%d bit/s at once", n)
	}
	if n := asked(20_000_000); n != 16_000 {
		t.Errorf("%d bit/s long after", n)
	}
	*p = ladder.Plan{FrameMs: 20, Slots: 2}
	talker.judge.plan = ladder.Plan{Layer: ladder.Low, FrameMs: 120, Slots: 2}
	if n := asked(21_000_000); n != 16_000 {
		t.Errorf("%d bit/s of one who needs others' thin", n)
	}
}

// A queue that grows is not left to the next time: what feedback tells of it is
// judged at once, though not with each packet of feedback.
func TestAQueueIsJudgedAtOnce(t *testing.T) {
	x := newDuet(t)
	l := x.listener
	l.judge.begun, l.judge.next, l.down = true, 6_900_000, &downlink{heardAt: 6_700_000}
	var p []estimate.Packet
	for i := range int64(40) {
		at := 6_000_000 + i*40_000
		p = append(p[:0], estimate.Packet{Sent: 6_000_000 + i*10_000, Arrived: at, Size: 200})
		l.judge.estimator.Take(at, p)
		l.alarmed(6_700_000 + i*1000)
	}
	if l.judge.next <= 6_900_000 || l.judge.plan.FrameMs == 20 {
		t.Errorf("judged next at %d, %+v", l.judge.next, l.judge.plan)
	}
	next := l.judge.next
	l.alarmed(next - judgeEveryUs + judgeAgainUs - 1)
	if l.judge.next != next {
		t.Error("judged again with the next feedback")
	}
	l.peer.active = nil // another link took its place
	l.alarmed(next)
	if l.judge.next != next {
		t.Error("a link that is over was judged")
	}
}
