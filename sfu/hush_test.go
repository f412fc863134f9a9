package sfu_test

import (
	"sync"
	"testing"
	"time"
)

// Who is muted in mid-word ends with three frames of silence, right after his
// latest packet.
func TestMuteInMidWordEndsInSilence(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	l := join(t, s, "room", 22, joinOptions{})
	// A machine that stops for a moment makes a pause of what was mid-word:
	// such a round shows nothing, and there is another.
	for range 5 {
		before := len(l.stream(11))
		var speaking sync.WaitGroup
		speaking.Go(func() { a.speak(60, 20, 10*time.Millisecond) })
		eventually(t, "he is heard", func() bool { return len(l.stream(11)) > before+15 })
		a.peer.SetMuted(true)
		speaking.Wait() // what he sends on is not heard
		a.peer.SetMuted(false)
		words := len(l.from(11))
		a.speak(5, 20, frame)
		eventually(t, "he is heard again", func() bool { return len(l.from(11)) >= words+4 })
		heard := l.stream(11)
		checkStream(t, heard)
		silent := 0
		for i, k := range heard[before:] {
			if !k.silence {
				continue
			}
			silent++
			x := heard[before+i-1]
			if k.SequenceNumber != x.SequenceNumber+1 || k.Timestamp != x.Timestamp+960 {
				t.Errorf("silence %d at +%d: want it right after the packet before", k.SequenceNumber-x.SequenceNumber, k.Timestamp-x.Timestamp)
			}
			if v := k.GetExtension(a.levelID); len(v) != 1 || v[0]&0x7f != 127 {
				t.Errorf("silence at a level of %v", v)
			}
			if silent == 1 && x.silence || silent > 1 && !x.silence {
				t.Error("the frames of silence are not one after the other")
			}
		}
		switch silent {
		case 0:
			continue
		case 3:
			return
		}
		t.Fatalf("%d frames of silence, want 3", silent)
	}
	t.Error("no silence in five rounds")
}
