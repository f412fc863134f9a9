package signaling

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Devices of one user that join voice at once, in the same room and in
// different ones: in the end he is in voice once, from one of them.
func TestOneVoiceSessionAUser(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var devices []*peer
		for range 4 {
			devices = append(devices, w.member("a"))
		}
		for round := range 30 {
			for d, p := range devices {
				go func() {
					for i := range 5 {
						slug := []string{"general", "other"}[(round+d+i)%2]
						p.in <- fmt.Appendf(nil, `{"type":"voice.join","payload":{"roomSlug":"%s"}}`, slug)
					}
				}()
			}
			synctest.Wait()
			if n := w.hub.Stats().VoiceMembers; n != 1 {
				t.Fatalf("round %d: %d members", round, n)
			}
			if w.media.open() != 1 || w.creds.count() != 1 {
				t.Fatalf("round %d: %d media sessions, %d credentials", round, w.media.open(), w.creds.count())
			}
			in := 0
			for _, p := range devices {
				if p.inVoice() {
					in++
				}
			}
			if in != 1 {
				t.Fatalf("round %d: %d devices believe that they are in voice", round, in)
			}
		}
	})
}

// inVoice is what a client makes of what it was sent.
func (p *peer) inVoice() bool {
	room := ""
	for _, f := range p.all() {
		var e struct{ RoomSlug string }
		if f.Type != wire.TypeVoiceJoined && f.Type != wire.TypeVoiceLeft {
			continue
		}
		if err := json.Unmarshal(f.Payload, &e); err != nil {
			p.t.Fatal(err)
		}
		switch {
		case f.Type == wire.TypeVoiceJoined:
			room = e.RoomSlug
		case e.RoomSlug == room:
			room = ""
		}
	}
	return room != ""
}
