package sfu

import "testing"

// microphone is what way is told of: packets of 20 ms that take a while to come.
type microphone struct {
	y     way
	in    *inbound
	now   int64
	ts    uint32
	overs int
}

func newMicrophone() *microphone {
	return &microphone{in: &inbound{id: 1, track: &track{relayed: true}}, now: 1_000_000}
}

// say lets n packets come, each so many microseconds late.
func (x *microphone) say(n int, late func(i int) int64) {
	for i := range n {
		x.now += 20_000
		x.ts += 960
		x.y.made(x.now+late(i), x.in, x.ts, 150)
		if x.y.over() {
			x.overs++
		}
	}
}

func flat(v int64) func(int) int64 { return func(int) int64 { return v } }

// A queue is a delay that stands: what was held up and comes at once is none, and
// neither is a path that has become longer, nor the clock of a sender that was
// parked.
func TestUplinkQueue(t *testing.T) {
	x := newMicrophone()
	none := func(what string) {
		t.Helper()
		if x.y.queue > 10_000 || x.overs > 0 {
			t.Errorf("%s is a queue of %d us, and too much in %d packets", what, x.y.queue, x.overs)
		}
	}
	x.say(100, flat(5_000))
	none("a quiet path")
	for range 5 { // 300 ms are held up, then come at once
		x.say(15, func(i int) int64 { return 5_000 + int64(15-i)*20_000 })
		x.say(40, flat(5_000))
	}
	none("a device that is busy now and then")
	x.say(200, flat(305_000))
	none("a path that has become longer")
	x.say(60, func(i int) int64 { return 305_000 + int64(i)*5_000 })
	if x.y.queue < 100_000 || x.y.queue > 300_000 || x.overs == 0 {
		t.Errorf("a queue that grows by 250 ms a second is %d us after 1.2 s, and too much in %d packets", x.y.queue, x.overs)
	}
	x.now, x.overs = x.now+60_000_000, 0
	x.say(60, flat(5_000))
	none("a clock that stood still")
	x.y.stood, x.now = true, x.now+400_000 // as he was asked to
	x.say(60, flat(5_000))
	none("a clock that stood still for a moment")
}

// An overload is told of within a few packets: of 76 kbit/s into 20 before the
// queue is half a second.
func TestUplinkOverload(t *testing.T) {
	x := newMicrophone()
	x.say(200, flat(5_000))
	free, queue := x.now, int64(0)
	for i := 0; !x.y.over(); i++ {
		if i == 50 {
			t.Fatal("not noticed within a second")
		}
		x.say(1, func(int) int64 {
			free = max(free, x.now) + 150*8_000/20
			queue = free - x.now
			return 5_000 + queue
		})
	}
	got := x.y.estimator.Bitrate()
	t.Logf("noticed with a queue of %d ms, estimate %d", queue/1000, got)
	if queue > 500_000 || got < 12_000 || got > 20_000 {
		t.Errorf("noticed with a queue of %d us, estimate %d", queue, got)
	}
}

// The first runs say already how packets are lost: redundancy that waits for
// more of them comes late.
func TestRunsOfLoss(t *testing.T) {
	in := &inbound{}
	seq := uint16(0)
	for i, lost := range []uint16{0, 3, 2, 4} {
		seq += lost + 1
		in.observe(int64(i+1)*20_000, seq, 0)
		seq++
		in.observe(int64(i+1)*20_000+10_000, seq, 0)
	}
	if in.bursts.mean != 3 {
		t.Errorf("runs of 3, 2 and 4 are %v on average", in.bursts.mean)
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
