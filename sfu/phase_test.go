package sfu

import (
	"testing"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
)

// rests asks as a room's tick does, every 200 ms of talk, and tells the talker.
func (x *duet) rests(heard bool) bool {
	x.talk(10)
	now := int64(x.n)*20_000 + 1_000_000
	rests := x.talker.lowRests(now, heard)
	if t := &x.talker.toldQuality; t.word.Uplink.Low == rests {
		t.word.Uplink.Low, t.at = !rests, now
	}
	if x.parked[1] != rests { // he obeys
		if x.parked[1] = rests; !rests {
			layerOffset[1] -= 30 * 960 // his clock has stood still
		}
	}
	return rests
}

// A low layer that is half a frame off is parked for a moment, while nobody is
// on it, until it is in step, and then left alone.
func TestLowLayerThatIsOutOfStep(t *testing.T) {
	was := layerOffset[1]
	defer func() { layerOffset[1] = was }()
	x := newDuet(t)
	x.half = true
	x.talk(60)
	for range 10 {
		if x.rests(true) {
			t.Fatal("parked while it is heard")
		}
	}
	rested, goesOn := 0, 0
	for i := range 200 {
		if x.rests(false) {
			if goesOn++; goesOn == 1 {
				rested++
			}
			x.half = rested < 3 // in step the third time
		} else {
			goesOn = 0
		}
		if goesOn > 5 {
			t.Fatalf("parked for more than a second, at %d", i)
		}
	}
	if rested != 3 {
		t.Errorf("parked %d times, want 3", rested)
	}
	x.plan(ladder.Plan{Redundancy: 1, Distance: 1})
	x.talk(1)
	p := &x.sent[len(x.sent)-1]
	blocks, _, err := rtpmap.ReadRED(p.Payload, 111, make([]rtpmap.Block, 0, 4))
	if err != nil || len(blocks) != 1 || len(blocks[0].Payload) != len(x.payload(1, 0)) {
		t.Errorf("repeats %+v, %v: want a low frame", blocks, err)
	}
}

// One that never gets in step, or is not parked when asked, is let be.
func TestLowLayerThatStaysOutOfStep(t *testing.T) {
	was := layerOffset[1]
	defer func() { layerOffset[1] = was }()
	for _, deaf := range []bool{false, true} {
		x := newDuet(t)
		x.half = true
		n := 0
		before := false
		for range 300 {
			rests := x.rests(false)
			if deaf {
				x.parked[1] = false
				x.talker.toldQuality.word.Uplink.Low = true // no word comes through
			}
			if rests && !before {
				n++
			}
			before = rests
		}
		if n != mostRests {
			t.Errorf("deaf %v: parked %d times, want %d", deaf, n, mostRests)
		}
		if x.rests(false) {
			t.Error("parked for ever")
		}
	}
}
