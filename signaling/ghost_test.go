package signaling

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// A killed browser: its socket falls at once, its media is missed later. It is
// gone for the others in time, and its session, which may be resumed, is told.
func TestGhostOfAKilledClient(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		a.talk("general", false)
		b.talk("general", false)
		lost := w.media.of("b").Events
		s := b.w.hub
		b.lost = true
		b.drop()
		time.Sleep(6 * time.Second)
		lost.State(MediaDisconnected)
		synctest.Wait()
		if a.count(wire.TypeVoiceParticipantLeft) != 0 {
			t.Error("b is gone at once")
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		left := last[wire.VoiceParticipantLeft](a, wire.TypeVoiceParticipantLeft)
		if left.UserID != "b" || left.Reason != wire.LeaveDisconnected {
			t.Errorf("a was told %+v", left)
		}
		if st := s.Stats(); st.Ghosts != 1 || st.VoiceMembers != 1 || st.Sessions != 2 {
			t.Errorf("stats: %+v", st)
		}
	})
}

// A machine that went without a word: its socket stands, and nobody answers.
func TestGhostOfADeadNetwork(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		a.talk("general", false)
		b.talk("general", false)
		b.deaf.Store(true)
		w.media.of("b").Events.State(MediaDisconnected)
		time.Sleep(8 * time.Second)
		synctest.Wait()
		if left := last[wire.VoiceParticipantLeft](a, wire.TypeVoiceParticipantLeft); left.UserID != "b" {
			t.Errorf("a was told %+v", left)
		}
		if left := last[wire.VoiceLeft](b, wire.TypeVoiceLeft); left.Reason != wire.LeaveDisconnected {
			t.Errorf("b was told %+v", left)
		}
		b.refused(wire.CodeNotInVoice, wire.TypeSFUOffer, wire.SFUOffer{SDP: "v=0"})
		b.talk("general", false) // back, on the socket that was dead
		if n := w.hub.Stats().VoiceMembers; n != 2 {
			t.Errorf("%d are in voice", n)
		}
	})
}

// Who can still be reached one way or the other is no ghost.
func TestNoGhost(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		media, answers, silent := w.member("media"), w.member("answers"), w.member("silent")
		media.talk("general", false)
		answers.talk("general", false)
		silent.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"}) // no media yet
		w.media.of("answers").Events.State(MediaDisconnected)
		media.lost = true
		media.drop()
		for range 14 {
			time.Sleep(2 * time.Second)
			answers.ok(wire.TypePing, nil)
			silent.ok(wire.TypePing, nil)
		}
		if st := w.hub.Stats(); st.Ghosts != 0 || st.VoiceMembers != 3 {
			t.Errorf("stats: %+v", st)
		}
	})
}

// Sound that goes one way only is counted once an incident, and not where it
// goes past the SFU.
func TestOneWaySoundIsCounted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.member("a")
		a.talk("general", false)
		word := func(state wire.DownlinkState, loss float64) {
			w.media.of("a").Events.Quality(wire.VoiceQuality{
				Downlink: wire.DownlinkQuality{State: state, Layer: wire.DownlinkHigh}, Uplink: wire.UplinkQuality{Layers: []wire.Layer{}, LossPct: loss},
			})
			synctest.Wait()
		}
		for range 2 {
			word(wire.DownlinkGood, 100)
			word(wire.DownlinkGood, 100)
			word(wire.DownlinkGood, 0)
		}
		word(wire.DownlinkLost, 0)
		word(wire.DownlinkLost, 0)
		a.ok(wire.TypeCallMicState, wire.MicState{Muted: true})
		word(wire.DownlinkGood, 100)
		if st := w.hub.Stats(); st.OneWayUp != 2 || st.OneWayDown != 1 {
			t.Errorf("stats: %+v", st)
		}
	})
}
