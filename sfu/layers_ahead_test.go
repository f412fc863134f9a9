package sfu

import (
	"testing"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
)

// A low layer whose clock runs away does not take the time of a slot with it.
func TestLowLayerThatRunsAhead(t *testing.T) {
	was := layerOffset[1]
	defer func() { layerOffset[1] = was }()
	x := newDuet(t)
	x.talk(10) // the offset is known, and not sure enough yet to be found anew at once
	x.plan(ladder.Plan{Layer: ladder.Low})
	x.talk(4)
	s := x.listener.slots[0]
	for range 20 {
		layerOffset[1] += 9600 // less than a step by which a clock is known to have stood still
		before := len(x.sent)
		x.talk(1)
		at, _ := x.r.slots[0].At(int64(x.n-1)*20_000 + 1_001_000)
		for _, p := range x.sent[before:] {
			if ahead := int32(p.Timestamp - s.offset.Time(at)); ahead > aheadTicks {
				t.Fatalf("a packet is %d ticks ahead of its slot", ahead)
			}
		}
	}
	layerOffset[1] = was
	x.talk(100)
	before := len(x.sent)
	x.talk(20)
	if n := len(x.sent) - before; n != 20 {
		t.Errorf("%d of 20 packets afterwards", n)
	}
}
