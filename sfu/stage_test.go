package sfu

import "testing"

// Two slots, two speakers in them who are loud, and a third.
func newStage() *party {
	s := newParty(2, 4)
	s.speech(100, map[int]uint8{0: 20, 1: 24})
	return s
}

func TestStageGetsASlotWithItsFirstPacket(t *testing.T) {
	s := newStage()
	s.sp[2].priority = true
	if got := s.talk(2, 45); got != 1 {
		t.Errorf("slot %d, want that of the quieter", got)
	}
	if got := s.talk(0, 20); got != 0 {
		t.Error("more than one slot was taken")
	}
}

func TestStageIsDisplacedByTheStageOnly(t *testing.T) {
	s := newStage()
	s.sp[2].priority = true
	all := map[int]uint8{0: 10, 1: 10, 2: 45, 3: 10}
	s.speech(1, map[int]uint8{0: 10, 1: 10})
	s.talk(2, 45)
	for range 100 {
		if got := s.speech(10, all); got[2] < 0 {
			t.Fatal("others who are louder displaced the stage")
		}
	}
	// A pause shorter than holdUs keeps the slot, however the others contend.
	s.speech(holdUs/frameUs-5, map[int]uint8{0: 10, 1: 10, 3: 10})
	if s.x.slotOf(&s.sp[2]) < 0 {
		t.Error("the stage lost its slot in a short pause")
	}
	s.speech(20, map[int]uint8{0: 10, 1: 10, 3: 10})
	if s.x.slotOf(&s.sp[2]) >= 0 {
		t.Error("the stage kept a slot without speaking")
	}
	// Among themselves the usual rules hold.
	for who := range 3 {
		s.sp[who].priority = true
	}
	got := s.speech(200, map[int]uint8{0: 20, 1: 40, 2: 38})
	if got[0] < 0 || got[1] < 0 || got[2] >= 0 {
		t.Errorf("slots %v, want those who were there", got)
	}
	got = s.speech(200, map[int]uint8{0: 20, 1: 40, 2: 25})
	if got[0] < 0 || got[1] >= 0 || got[2] < 0 {
		t.Errorf("slots %v, want the louder two", got)
	}
}

func TestNoiseOnTheStageTakesNothing(t *testing.T) {
	s := newParty(1, 2)
	for i := range 500 {
		s.sp[1].priority = i > 200 // a fan, put on the stage
		if i%5 == 0 {
			s.talk(0, 80)
		} else if s.talk(0, 30) < 0 {
			t.Fatalf("packet %d of speech was lost to noise", i)
		}
		s.talk(1, 45)
		s.now += frameUs
	}
}

func TestOffTheStageIsLikeOthers(t *testing.T) {
	s := newStage()
	s.sp[2].priority = true
	s.talk(2, 45)
	s.sp[2].priority = false
	s.speech(100, map[int]uint8{0: 20, 1: 24, 2: 45})
	if s.x.slotOf(&s.sp[2]) >= 0 {
		t.Error("he kept what the stage gave him")
	}
	s.sp[3].hush()
	if s.sp[3].priority {
		t.Error("a mute put somebody on the stage")
	}
	s.sp[3].priority = true
	s.sp[3].hush()
	if !s.sp[3].priority {
		t.Error("a mute took somebody off the stage")
	}
}
