package sfu

import (
	"testing"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
)

// A layer that is parked in a pause of the talk looks silent. The first speech
// of the other one tells the difference, for those who are on either.
func TestLayerThatIsParkedInAPause(t *testing.T) {
	for parked, plan := range [2]ladder.Plan{{Layer: ladder.High}, {Layer: ladder.Low}} {
		x := newDuet(t)
		x.talk(60)
		x.plan(plan)
		x.talk(20)
		x.pause(3)
		if _, low := frames(t, &x.sent[len(x.sent)-4]); low != (parked == 1) {
			t.Fatalf("layer %d: heard on the other one", parked)
		}
		x.parked[parked] = true
		before := len(x.sent)
		x.talk(20)
		if n := len(x.sent) - before; n != 20-aloneFor+1 {
			t.Errorf("layer %d: %d of 20 packets after it was parked in a pause", parked, n)
		}
		// What follows the next pause is there from its first packet on.
		x.pause(2)
		before = len(x.sent)
		x.talk(20)
		if n := len(x.sent) - before; n != 20 {
			t.Errorf("layer %d: %d of 20 packets after the next pause", parked, n)
		}
		for i := 1; i < len(x.sent); i++ {
			if x.sent[i].SequenceNumber != x.sent[i-1].SequenceNumber+1 {
				t.Fatalf("layer %d: a gap after packet %d", parked, i)
			}
		}
	}
}

// Two encoders that do not agree on what is silence do not have a listener
// change with each packet of what is no speech.
func TestLayersThatDisagreeOnSilence(t *testing.T) {
	x := newDuet(t)
	x.talk(60)
	x.plan(ladder.Plan{Layer: ladder.Low})
	x.talk(20)
	x.pause(8) // long enough to know the microphone's noise
	_ = x.h.SetExtension(1, []byte{silentLevel})
	before := len(x.sent)
	for range 5 {
		x.parked[1] = true
		x.talk(19)
		x.parked[1] = false
		x.say(int64(x.n)*20_000+1_001_000, 1, uint32(x.n)*960+layerOffset[1], []byte{0x48, 0, 0})
		x.n++
	}
	for _, p := range x.sent[before:] {
		if p.Payload[0]&0xF8 != 0x48 {
			t.Fatal("a packet of the high layer's noise")
		}
	}
	if len(x.sent) == before {
		t.Error("nothing of the low layer")
	}
}

// Layers that take turns, as a publisher's are who is asked for one and the
// other, are heard through, whatever the listener is sent.
func TestLayersThatTakeTurns(t *testing.T) {
	was := layerOffset
	defer func() { layerOffset = was }()
	for _, plan := range []ladder.Plan{{}, {Layer: ladder.Low}, {Layer: ladder.Low, FrameMs: 60}, {Redundancy: 2, Distance: 1}} {
		x := newDuet(t)
		x.talk(60)
		x.plan(plan)
		x.talk(60)
		for turn, parked := range [][2]bool{{true, false}, {false, true}, {false, false}, {false, true}, {true, false}, {false, true}} {
			for layer := range parked { // the clock of one that comes back has stood still
				if x.parked[layer] && !parked[layer] {
					layerOffset[layer] -= 50 * 960
				}
			}
			x.parked = parked
			x.talk(50)
			before := x.n
			x.talk(48)
			last := 0
			for i := range x.sent {
				p := x.sent[i]
				if p.PayloadType == 63 {
					_, primary, err := rtpmap.ReadRED(p.Payload, 111, make([]rtpmap.Block, 0, 4))
					if err != nil {
						t.Fatal(err)
					}
					p.Payload = primary
				}
				n, _ := frames(t, &p)
				for _, f := range n {
					if f >= before {
						last++
					}
				}
			}
			if last < 46 {
				t.Errorf("%+v: %d of 48 frames in turn %d", plan, last, turn)
			}
		}
	}
}
