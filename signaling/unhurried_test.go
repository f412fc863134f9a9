package signaling

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// In a large room comings wait for company, each is told once to everybody who
// was there, in order, and hardly later for it; and a socket is written to less
// often than there is news.
func TestComingsAreToldTogether(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const people = 50 // as many as the room takes
		peers := make([]*peer, people)
		for i := range peers {
			peers[i] = w.member(fmt.Sprintf("p%02d", i))
		}
		for i := range crowd + 8 {
			peers[i].talk("general", false)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for _, p := range peers {
			p.fresh()
		}
		before := peers[0].writes.Load()
		for i := crowd + 8; i < people; i++ {
			peers[i].talk("general", false)
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Second)
		for i, p := range peers {
			next := max(i+1, crowd+8) // who came after him
			for _, f := range p.fresh() {
				var j wire.VoiceParticipantJoined
				if f.Type != wire.TypeVoiceParticipantJoined || json.Unmarshal(f.Payload, &j) != nil {
					continue
				}
				if want := fmt.Sprintf("p%02d", next); j.Participant.UserID != want {
					t.Fatalf("p%02d was told of %s, want %s", i, j.Participant.UserID, want)
				}
				next++
			}
			if next != people {
				t.Errorf("p%02d was told of those up to p%02d", i, next-1)
			}
		}
		if n := peers[0].writes.Load() - before; n > 6 { // of 10 comings and the presence after each
			t.Errorf("%d writes", n)
		}
		// Who leaves while something waits for him is sent it.
		peers[0].ok(wire.TypeVoiceLeave, nil)
		time.Sleep(time.Second)
		if l := last[wire.VoiceParticipantLeft](peers[1], wire.TypeVoiceParticipantLeft); l.UserID != "p00" {
			t.Errorf("told of %+v", l)
		}
	}, func(c *Config) { c.Limits.Rate = 0 })
}

func TestCrew(t *testing.T) {
	c := newCrew()
	release := make(chan struct{})
	ran := make(chan int, 3*idleHands)
	for i := range 3 * idleHands {
		go c.run(func() { <-release; ran <- i })
	}
	close(release)
	for range 3 * idleHands {
		<-ran
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic is lost")
			}
		}()
		c.run(func() { panic("in here") })
	}()
	done := false
	c.run(func() { done = true })
	if !done {
		t.Error("run returned before its function")
	}
	c.close()
	if c.idle > idleHands {
		t.Errorf("%d wait for work", c.idle)
	}
}
