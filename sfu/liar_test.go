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

// TestJumpingTimestampsDoNotPushTheSlot: a client whose timestamps leap with
// every packet, on several streams, is heard, and its slot's time is with every
// listener as far on as time has passed, give or take what a stall may bring.
func TestJumpingTimestampsDoNotPushTheSlot(t *testing.T) {
	s := newSFU(t, func(c *sfu.Config) { c.AudioSlots = 3 })
	narrow := join(t, s, "room", 12, joinOptions{slots: 2})
	narrow.peer.Ignore([]uint32{901})
	c := newCall(t, s, "room")
	h := rawJoin(t, s, "room", 1)
	for n := range 100 {
		h.rtp(new(uint8), func(r *rtp.Header) {
			if n%10 == 9 {
				r.SSRC = 7000
				_ = r.SetExtension(4, []byte("0"))
			}
			r.Timestamp = uint32(n) * 25 * 48000
		}, speech)
		time.Sleep(frame)
	}
	eventually(t, "the liar is heard", func() bool { return len(c.a.from(1)) > 40 && len(narrow.from(1)) > 40 })
	for who, p := range map[string]*testPeer{"with the room's slots": c.a, "with fewer": narrow} {
		got := p.from(1)
		for i := range got {
			ticks := int64(int32(got[i].Timestamp - got[0].Timestamp))
			if ahead := time.Duration(ticks)*time.Second/48000 - got[i].at.Sub(got[0].at); ahead > 3*time.Second {
				t.Fatalf("a listener %s has packet %d of %d by %v too far on", who, i, len(got), ahead)
			}
		}
		t.Logf("a listener %s heard %d packets", who, len(got))
	}
	c.end("jumping timestamps")
}
