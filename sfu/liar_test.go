package sfu_test

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu"
)

// TestLiarsTakeNoSlotBySilence: with every slot in use, clients that claim the
// loudest level, or take turns with it, over payloads of silence are never
// heard, and cost those who speak nothing. Nor does it help to claim silence.
func TestLiarsTakeNoSlotBySilence(t *testing.T) {
	s := newSFU(t, func(c *sfu.Config) { c.AudioSlots = 2 })
	c := newCall(t, s, "room")
	var liars []*rawPeer
	for i := range 4 {
		liars = append(liars, rawJoin(t, s, "room", uint32(i+1)))
	}
	before := s.Metrics().Dropped["silence"]
	level := func(v uint8) *uint8 { return &v }
	for n := range 75 { // a second and a half: longer than a slot is safe from the louder
		liars[0].rtp(level(0), nil, hush)
		liars[1].rtp(level(uint8(n%2)*127), nil, hush)
		liars[2].rtp(nil, nil, hush)
		liars[3].rtp(level(127), nil, speech)
		time.Sleep(frame)
	}
	eventually(t, "lies are counted as silence", func() bool { return s.Metrics().Dropped["silence"] >= before+250 })
	for _, h := range liars {
		if n := len(c.a.from(h.csrc)); n > 0 {
			t.Errorf("liar %d was heard with %d packets", h.csrc, n)
		}
	}
	c.end("liars")
}

// TestShouterHasOneSlot: a client that claims the loudest level over packets as
// large as speech, on as many streams as it may send, has one slot and no more:
// as many others as there are slots beside it are not cut.
func TestShouterHasOneSlot(t *testing.T) {
	s := newSFU(t, func(c *sfu.Config) { c.AudioSlots = 3 })
	c := newCall(t, s, "room")
	h := rawJoin(t, s, "room", 1)
	var seq [6]uint16
	for n := range 100 {
		h.rtp(new(uint8), func(r *rtp.Header) {
			i := n % len(seq)
			r.SSRC, r.SequenceNumber = uint32(7000+i), seq[i]
			seq[i]++
			_ = r.SetExtension(4, []byte("0"))
		}, speech)
		time.Sleep(frame)
	}
	eventually(t, "the shouter is heard", func() bool { return len(c.a.from(1)) > 0 && len(c.b.from(1)) > 0 })
	slots := map[int]bool{}
	for _, k := range c.a.from(1) {
		slots[k.slot] = true
	}
	if len(slots) != 1 {
		t.Errorf("the shouter was in the slots %v, want one", slots)
	}
	c.end("shouter")
}
