package sfu

import "testing"

// stage is a room of speakers for a selector: each call of talk is one packet.
type stage struct {
	x   selector
	sp  []speaker
	now int64
}

func newStage(slots, people int) *stage {
	return &stage{x: newSelector(slots), sp: make([]speaker, people)}
}

func (s *stage) talk(who int, level uint8) int {
	voice := level <= voiceLevel
	s.sp[who].observe(s.now, level, voice)
	return s.x.pick(s.now, &s.sp[who], voice)
}

// frames lets the given people talk at their levels for n frames of 20 ms and
// returns the slot that each had last.
func (s *stage) frames(n int, levels map[int]uint8) map[int]int {
	last := map[int]int{}
	for range n {
		for who := range s.sp {
			if l, ok := levels[who]; ok {
				last[who] = s.talk(who, l)
			}
		}
		s.now += 20_000
	}
	return last
}

func TestFirstPacketOfSpeechGetsAFreeSlot(t *testing.T) {
	s := newStage(4, 6)
	for who := range 4 {
		if got := s.talk(who, 30); got != who {
			t.Errorf("speaker %d: slot %d on his first packet", who, got)
		}
	}
	if got := s.talk(4, 30); got != -1 {
		t.Errorf("a fifth of four got slot %d", got)
	}
	if got := s.talk(5, 90); got != -1 {
		t.Errorf("noise got slot %d", got)
	}
}

func TestNobodyIsCutWithinTheSlots(t *testing.T) {
	s := newStage(3, 3)
	first := s.frames(1, map[int]uint8{0: 15, 1: 60, 2: 40})
	for range 200 {
		if got := s.frames(10, map[int]uint8{0: 15, 1: 60, 2: 40}); got[0] != first[0] || got[1] != first[1] || got[2] != first[2] {
			t.Fatalf("slots changed from %v to %v", first, got)
		}
	}
}

func TestShortPauseKeepsTheSlotAndLongOneGivesItAway(t *testing.T) {
	s := newStage(1, 2)
	s.frames(10, map[int]uint8{0: 30})
	s.now += holdUs - 100_000
	if got := s.talk(1, 30); got != -1 {
		t.Error("a short pause lost the slot")
	}
	s.now += 200_000
	if got := s.talk(1, 30); got != 0 {
		t.Error("a long pause kept the slot")
	}
}

func TestLongestSilentIsDisplacedFirst(t *testing.T) {
	s := newStage(2, 3)
	s.frames(10, map[int]uint8{0: 30, 1: 30})
	s.frames(10, map[int]uint8{1: 30})
	s.now += holdUs + 1
	if got := s.talk(2, 30); got != 0 {
		t.Errorf("slot %d, want 0: it was silent longest", got)
	}
}

func TestOnlyClearlyLouderDisplaces(t *testing.T) {
	s := newStage(2, 3)
	s.frames(100, map[int]uint8{0: 20, 1: 40})
	if got := s.frames(50, map[int]uint8{0: 20, 1: 40, 2: 37}); got[2] != -1 {
		t.Error("3 dB louder displaced somebody")
	}
	got := s.frames(100, map[int]uint8{0: 20, 1: 40, 2: 25})
	if got[2] != 1 || got[0] != 0 {
		t.Errorf("slots %v, want the loud newcomer in place of the quietest", got)
	}
	if got := s.frames(200, map[int]uint8{0: 20, 1: 24, 2: 25}); got[2] != 1 {
		t.Error("the slot went back to somebody as loud")
	}
}

func TestSilenceExpiresAndReleaseFrees(t *testing.T) {
	s := newStage(2, 2)
	s.talk(0, 30)
	s.talk(1, 30)
	v := s.x.version
	s.x.release(&s.sp[1])
	if s.x.slots[1].who != nil || s.x.version == v {
		t.Error("release left the slot taken")
	}
	s.now += expireUs + 1
	s.x.expire(s.now)
	if s.x.slots[0].who != nil {
		t.Error("a silent holder kept his slot")
	}
}

func TestSpeakingHasAHangover(t *testing.T) {
	s := newStage(1, 1)
	if s.sp[0].speaking(0) {
		t.Error("speaking before a word")
	}
	s.talk(0, 30)
	if !s.sp[0].speaking(s.now+speakingUs-1) || s.sp[0].speaking(s.now+speakingUs) {
		t.Error("speaking lasts other than its hangover")
	}
}

func BenchmarkSelection(b *testing.B) {
	b.ReportAllocs()
	s := newStage(4, 20)
	for i := range b.N {
		s.talk(i%20, uint8(20+i%20))
		s.now += 1000
	}
}
