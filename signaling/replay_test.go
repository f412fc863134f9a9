package signaling

import (
	"testing"
	"time"
)

// A session that is told nothing new lets go of what is too old at its next
// ping, and can still be resumed from the newest event.
func TestReplayForgetsInTime(t *testing.T) {
	r := replay{maxFrames: 10, maxBytes: 1000, maxAge: time.Minute}
	now := time.Now()
	for i := range 5 {
		r.add(frame("event"), now.Add(time.Duration(i)*time.Second))
	}
	r.trim(now.Add(62 * time.Second))
	if again, ok := r.after(2, 5); !ok || len(again) != 3 {
		t.Errorf("%d events, %v, want the 3 that are a minute old at most", len(again), ok)
	}
	if _, ok := r.after(1, 5); ok {
		t.Error("an event that is too old was kept")
	}
	r.trim(now.Add(2 * time.Minute))
	if r.events != nil || r.bytes != 0 {
		t.Errorf("%d bytes are kept", r.bytes)
	}
	if again, ok := r.after(5, 5); !ok || len(again) != 0 {
		t.Error("the newest event is where a resume may begin")
	}
}

// What a client has heard is not kept for it.
func TestReplayForgetsWhatWasHeard(t *testing.T) {
	r := replay{maxFrames: 10, maxBytes: 1000, maxAge: time.Minute}
	for range 5 {
		r.add(frame("event"), time.Now())
	}
	r.heard(0, 5)
	if len(r.events) != 5 {
		t.Fatalf("%d events are kept of 5 that nothing was heard of", len(r.events))
	}
	r.heard(3, 5)
	if again, ok := r.after(3, 5); !ok || len(again) != 2 || again[0].seq != 4 || r.bytes != 10 {
		t.Errorf("after the 3rd: %v, %v, %d bytes", again, ok, r.bytes)
	}
	if _, ok := r.after(2, 5); ok {
		t.Error("what was heard is there again")
	}
	r.heard(2, 5) // an older word
	r.heard(5, 5)
	if r.events != nil || r.bytes != 0 {
		t.Errorf("%d bytes are kept", r.bytes)
	}
}
