package sfu

import "testing"

func TestSilenceIsSilenceWhateverItClaims(t *testing.T) {
	for _, c := range []struct {
		name     string
		level    uint8
		hasLevel bool
		size     int
		voice    bool
		loud     float32 // where it is voice
	}{
		{"speech", 30, true, 60, true, 30},
		{"a quiet room", 80, true, 60, false, 0},
		{"silence that shouts", 0, true, 3, false, 0},
		{"shouting", 0, true, 60, true, loudest},
		{"no level", 0, false, 60, true, unknownLevel},
		{"no level, silence", 0, false, 3, false, 0},
	} {
		var s speaker
		if v := s.hear(1, c.level, c.hasLevel, c.size); v != c.voice || s.loud != c.loud {
			t.Errorf("%s: %v at %v, want %v at %v", c.name, v, s.loud, c.voice, c.loud)
		}
	}
}
