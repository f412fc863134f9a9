package sfu

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// party is people before a selector: each call of talk is one packet.
type party struct {
	x   selector
	sp  []speaker
	now int64
}

func newParty(slots, people int) *party {
	return &party{x: newSelector(slots), sp: make([]speaker, people), now: 1_000_000}
}

func (s *party) talk(who int, level uint8) int {
	return s.x.pick(s.now, &s.sp[who], s.sp[who].hear(s.now, level, true, 80))
}

// frames lets the given people make sounds of their levels for n frames of
// 20 ms and returns the slot that each had last.
func (s *party) frames(n int, levels map[int]uint8) map[int]int {
	last := map[int]int{}
	for range n {
		for who := range s.sp {
			if l, ok := levels[who]; ok {
				last[who] = s.talk(who, l)
			}
		}
		s.now += frameUs
	}
	return last
}

// speech is frames in which people speak: every fifth packet is between two
// syllables, and those who do not speak are silent.
func (s *party) speech(n int, levels map[int]uint8) map[int]int {
	last := map[int]int{}
	for i := range n {
		for who := range s.sp {
			if l, ok := levels[who]; ok && i%5 > 0 {
				last[who] = s.talk(who, l)
			} else {
				s.talk(who, 80)
			}
		}
		s.now += frameUs
	}
	return last
}

// holders are those who have a slot.
func (s *party) holders() (who []int) {
	for i := range s.sp {
		if s.x.slotOf(&s.sp[i]) >= 0 {
			who = append(who, i)
		}
	}
	return who
}

func TestFirstPacketOfSpeechGetsAFreeSlot(t *testing.T) {
	s := newParty(4, 6)
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
	levels := map[int]uint8{0: 15, 1: 60, 2: 40}
	for _, frames := range []func(*party, int, map[int]uint8) map[int]int{(*party).frames, (*party).speech} {
		s := newParty(3, 3)
		first := frames(s, 5, levels)
		for range 200 {
			if got := frames(s, 10, levels); got[0] != first[0] || got[1] != first[1] || got[2] != first[2] {
				t.Fatalf("slots changed from %v to %v", first, got)
			}
		}
	}
}

func TestShortPauseKeepsTheSlotAndLongOneGivesItAway(t *testing.T) {
	s := newParty(1, 2)
	s.frames(10, map[int]uint8{0: 30})
	s.now += holdUs - 100_000
	if got := s.talk(1, 30); got != -1 {
		t.Error("a short pause lost the slot to a sound")
	}
	s.now += 200_000
	if got := s.talk(1, 30); got != 0 {
		t.Error("a long pause kept the slot")
	}
	s = newParty(1, 2)
	s.speech(50, map[int]uint8{0: 30})
	s.speech(pauseUs/frameUs-3, nil)
	if got := s.talk(1, 30); got != -1 {
		t.Error("a short pause lost the slot to speech")
	}
	s.speech(4, nil)
	if got := s.talk(1, 30); got != 0 {
		t.Error("a pause between sentences kept the slot")
	}
}

func TestLongestSilentIsDisplacedFirst(t *testing.T) {
	for _, frames := range []func(*party, int, map[int]uint8) map[int]int{(*party).frames, (*party).speech} {
		s := newParty(3, 4)
		frames(s, 10, map[int]uint8{0: 30, 1: 30, 2: 30})
		frames(s, 10, map[int]uint8{0: 30, 2: 30})
		frames(s, 10, map[int]uint8{2: 30})
		s.now += holdUs + 1
		if got := s.talk(3, 30); got != 1 {
			t.Errorf("slot %d, want 1: it was silent longest", got)
		}
	}
}

func TestOnlyClearlyLouderDisplaces(t *testing.T) {
	for _, frames := range []func(*party, int, map[int]uint8) map[int]int{(*party).frames, (*party).speech} {
		s := newParty(2, 4)
		frames(s, 100, map[int]uint8{0: 20, 1: 40})
		if got := frames(s, 100, map[int]uint8{0: 20, 1: 40, 2: 36}); got[2] != -1 {
			t.Error("4 dB louder displaced somebody")
		}
		got := frames(s, 100, map[int]uint8{0: 20, 1: 40, 2: 36, 3: 33})
		if got[3] != 1 || got[0] != 0 {
			t.Errorf("slots %v, want the loud newcomer in place of the quietest", got)
		}
		if got := frames(s, 200, map[int]uint8{0: 20, 1: 40, 2: 28, 3: 33}); got[3] != 1 {
			t.Error("the slot went to somebody who is not clearly louder")
		}
	}
}

// A fan, a street, a hair dryer: however loud and long, it keeps nobody who
// speaks out of a slot, and takes none from him.
func TestHumHoldsNoSlotAgainstSpeech(t *testing.T) {
	for _, hum := range []uint8{45, 20} {
		s := newParty(1, 2)
		r := rand.New(rand.NewPCG(1, 2))
		noise := func() int { return s.talk(0, hum+uint8(r.IntN(5))) }
		for range 300 {
			if got := noise(); got != 0 {
				t.Fatal("noise lost a slot that nobody else wants")
			}
			s.talk(1, 80)
			s.now += frameUs
		}
		for i := range 500 {
			level := uint8(38)
			if i%5 == 4 {
				level = 80
			}
			if got := s.talk(1, level); got != 0 {
				t.Fatalf("hum at %d: packet %d of speech was lost", hum, i)
			}
			if got := noise(); got != -1 {
				t.Fatalf("hum at %d took the slot from speech", hum)
			}
			s.now += frameUs
		}
	}
}

// Twenty who are as loud as each other and never stop: whoever came first
// keeps his slot.
func TestEqualTalkersKeepTheirSlots(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := newParty(3, 20)
	for range 60 * 50 {
		for who := range s.sp {
			s.talk(who, 30+uint8(r.IntN(4)))
		}
		s.now += frameUs
	}
	if got := s.holders(); !slices.Equal(got, []int{0, 1, 2}) || s.x.version != 3 {
		t.Errorf("%d changes, %v have slots", s.x.version, got)
	}
}

// Twenty talk at once, the quietest having come first: soon nobody is
// forwarded who is clearly quieter than one who is not.
func TestLoudestKHaveTheSlots(t *testing.T) {
	for _, k := range []int{1, 3, 4, 20} {
		for _, frames := range []func(*party, int, map[int]uint8) map[int]int{(*party).frames, (*party).speech} {
			s := newParty(k, 20)
			levels := map[int]uint8{}
			for who := range 20 {
				levels[who] = uint8(60 - 2*who)
				frames(s, 10, levels)
			}
			frames(s, (tenureUs+contendUs)/frameUs*k+100, levels)
			got := s.holders()
			if len(got) != k {
				t.Errorf("K=%d: %d have slots", k, len(got))
			}
			// Whoever is out is not louder than the quietest who is in by louder.
			quietest := levels[got[0]]
			for who := range s.sp {
				if !slices.Contains(got, who) && levels[who]+louder < quietest {
					t.Errorf("K=%d: %d at %d has no slot, %d at %d has", k, who, levels[who], got[0], quietest)
				}
			}
			was := s.x.version
			frames(s, 1000, levels)
			if k < 20 && s.x.version != was {
				t.Errorf("K=%d: %d changes among people who go on as they were", k, s.x.version-was)
			}
		}
	}
}

// Who has made a click or a cough only gives the slot back at once.
func TestClickHoldsNoSlotAgainstSpeech(t *testing.T) {
	s := newParty(1, 2)
	s.speech(100, map[int]uint8{0: 30})
	s.speech(pauseUs/frameUs+2, nil)
	if s.talk(1, 25) != 0 {
		t.Fatal("speech out of a pause got no slot: nobody knows yet that it is a click")
	}
	s.now += clickPauseUs + 1
	if got := s.talk(0, 30); got != 0 {
		t.Error("a click kept a speaker out")
	}
}

// A level is worth nothing without a payload that may be speech.
func TestSilenceThatClaimsToBeLoudIsSilence(t *testing.T) {
	var s speaker
	for size := range dtxBytes + 1 {
		if s.hear(1, 0, true, size) {
			t.Errorf("%d bytes at level 0 are sound", size)
		}
	}
	if !s.hear(1, 0, true, dtxBytes+1) || !s.hear(1, 0, false, dtxBytes+1) || s.hear(1, voiceLevel+1, true, 80) {
		t.Error("sound is taken for silence, or silence for sound")
	}
}

// What somebody says after a mute comes out of silence: it waits for nothing.
func TestUnmutedWordTakesTheSlotOfNoise(t *testing.T) {
	s := newParty(1, 2)
	s.frames(200, map[int]uint8{0: 40})
	s.sp[1].hush()
	if got := s.talk(1, 35); got != 0 {
		t.Error("the first word waits for a noise")
	}
}

func TestSilenceExpiresAndReleaseFrees(t *testing.T) {
	s := newParty(2, 2)
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
	s := newParty(1, 1)
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
	s := newParty(4, 20)
	for i := range b.N {
		s.talk(i%20, uint8(20+i%20))
		s.now += 1000
	}
}
