package sfu

import "testing"

// A queue is a delay that stands: what was held up and comes at once is none,
// and neither is the clock of a sender that was parked.
func TestUplinkQueue(t *testing.T) {
	var d delay
	now := int64(1_000_000)
	say := func(n int, transit func(i int) int64) {
		for i := range n {
			now += 20_000
			d.arrived(now, transit(i), 0)
		}
	}
	flat := func(v int64) func(int) int64 { return func(int) int64 { return v } }
	say(100, flat(5_000))
	if d.queue != 0 {
		t.Errorf("a quiet path has a queue of %d us", d.queue)
	}
	for range 5 { // 300 ms are held up, then come at once
		say(15, func(i int) int64 { return 5_000 + int64(15-i)*20_000 })
		say(40, flat(5_000))
	}
	if d.queue != 0 {
		t.Errorf("a device that is busy now and then has a queue of %d us", d.queue)
	}
	say(60, func(i int) int64 { return 5_000 + int64(i)*5_000 })
	if d.queue < 100_000 || d.queue > 300_000 {
		t.Errorf("a queue that grows by 250 ms a second is %d us after 1.2 s", d.queue)
	}
	now += 60_000_000
	say(60, flat(60_005_000))
	if d.queue != 0 {
		t.Errorf("a clock that stood still is a queue of %d us", d.queue)
	}
}

// The first runs say already how packets are lost: redundancy that waits for
// more of them comes late.
func TestRunsOfLoss(t *testing.T) {
	var d delay
	for i, lost := range []int{3, 2, 4} {
		d.arrived(int64(i+1)*20_000, 0, lost)
		d.arrived(int64(i+1)*20_000+10_000, 0, 0)
	}
	if d.bursts.mean != 3 {
		t.Errorf("runs of 3, 2 and 4 are %v on average", d.bursts.mean)
	}
	var j judge
	for _, n := range []int{2, 2} {
		for range n {
			j.lostOne()
		}
		j.arrivedOne()
		j.arrivedOne()
	}
	if j.bursts.mean != 2 {
		t.Errorf("two runs of 2 are %v on average", j.bursts.mean)
	}
}
