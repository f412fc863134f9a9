package sfu

import "testing"

// TestReportedRoundTripAges: a round trip of a receiver report is shown and
// decides about NACKs while reports come, and not for ever after the last.
func TestReportedRoundTripAges(t *testing.T) {
	f := newFuzzRoom(t, fuzzSFU(t))
	l := f.full.active
	tx := zeroKeys(t)
	f.speak(2)
	slot := l.slots[0].ssrc
	const rtt = 200_000 // longer than NACKs help at
	report := func() {
		mid := uint32(ntpTime(l.peer.sfu.tr.Wall(f.now-rtt)) >> 16)
		f.rtcp(f.full, tx, part(1, 201, 1, slot, 0, 0, 0, mid, 0))
	}
	late := func() bool {
		before := f.r.metrics.nackLate
		f.rtcp(f.full, tx, part(1, 205, 1, slot, 0))
		return f.r.metrics.nackLate > before
	}
	shown := func() int64 {
		w := watcher{now: f.now, wall: l.peer.sfu.tr.Wall}
		var x PeerState
		w.link(f.r, l, &x)
		return x.RTT.Microseconds()
	}
	if late() || shown() != 0 {
		t.Error("there is a round trip before any report")
	}
	for range 4 { // browsers' own interval, and two reports of it lost
		report()
		f.now += 5_000_000
		if us := shown(); !late() || us < rtt-1000 || us > rtt+1000 {
			t.Errorf("between two reports the round trip is %d us", us)
		}
	}
	f.now += 10_000_000
	if !late() || shown() == 0 {
		t.Error("two lost reports and the round trip is forgotten")
	}
	f.now += 1
	if late() || shown() != 0 || l.roundTrip(f.now) != l.session.RTT() {
		t.Errorf("reports have stopped, and the round trip is %d us", shown())
	}
	report()
	if !late() || shown() == 0 {
		t.Error("a report comes again, and nothing is known by it")
	}
}
