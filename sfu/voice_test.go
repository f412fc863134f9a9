package sfu

import "testing"

func TestSilenceIsSilenceWhateverItClaims(t *testing.T) {
	frame := make([]byte, 60)
	for _, c := range []struct {
		name     string
		level    uint8
		hasLevel bool
		payload  []byte
		loud     uint8
		voice    bool
	}{
		{"speech", 30, true, frame, 30, true},
		{"speech with the voice bit", 0x80 | 30, true, frame, 30, true},
		{"a quiet room", 80, true, frame, 80, false},
		{"silence that shouts", 0, true, frame[:3], 127, false},
		{"shouting", 0, true, frame, loudest, true},
		{"no level", 0, false, frame, unknownLevel, true},
		{"no level, silence", 0, false, frame[:3], 127, false},
	} {
		if l, v := believed(c.level, c.hasLevel, c.payload); l != c.loud || v != c.voice {
			t.Errorf("%s: %d %v, want %d %v", c.name, l, v, c.loud, c.voice)
		}
	}
}
