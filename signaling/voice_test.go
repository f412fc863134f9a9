package signaling

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// talk joins voice in a room and brings the SFU session up.
func (p *peer) talk(slug string, p2p bool) wire.VoiceJoined {
	p.t.Helper()
	p.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: slug, P2P: p2p})
	p.w.media.of(p.user.ID).Events.State(MediaConnected)
	synctest.Wait()
	return last[wire.VoiceJoined](p, wire.TypeVoiceJoined)
}

func TestVoiceJoinAndLeave(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.connect("b", wire.RoleGuest)
		a.refused(wire.CodeNotInVoice, wire.TypeVoiceLeave, nil)
		a.refused(wire.CodeNotInVoice, wire.TypeSFUOffer, wire.SFUOffer{SDP: "x"})
		a.talk("general", false)
		a.fresh()
		b.fresh()
		b.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general", Muted: true})
		if got := b.types()[:2]; !slices.Equal(got, []string{wire.TypeAck, wire.TypeVoiceJoined}) {
			t.Errorf("b got %v", got)
		}
		j := last[wire.VoiceJoined](b, wire.TypeVoiceJoined)
		if j.Topology != wire.TopologySFU || j.CSRC == 0 || j.SFU.AudioSlots != 4 || len(j.Participants) != 2 || j.ICEServers[0].URLs[0] != "turn:host" {
			t.Errorf("joined: %+v", j)
		}
		if p := last[wire.VoiceParticipantJoined](a, wire.TypeVoiceParticipantJoined); p.UserID != "b" || p.CSRC != j.CSRC || !p.Muted {
			t.Errorf("a was told %+v", p)
		}
		s := w.media.of("b")
		if !s.muted || s.CSRC != j.CSRC || s.RoomID != "id-general" {
			t.Errorf("media: %+v", s.MediaJoin)
		}

		b.refused(wire.CodeNegotiationFailed, wire.TypeSFUICE, wire.SFUICE{Epoch: j.Epoch})
		b.refused(wire.CodeNegotiationFailed, wire.TypeSFUOffer, wire.SFUOffer{Epoch: j.Epoch, SDP: "bad"})
		b.refused(wire.CodeStaleEpoch, wire.TypeSFUOffer, wire.SFUOffer{Epoch: j.Epoch + 1, SDP: "v=0"})
		b.refused(wire.CodeValidation, wire.TypeSFUOffer, wire.SFUOffer{Epoch: j.Epoch, SDP: "v=0", Tracks: []wire.Track{{MID: "0", Source: "radio"}}})
		b.ok(wire.TypeSFUOffer, wire.SFUOffer{Epoch: j.Epoch, SDP: "v=0"})
		if ans := last[wire.SFUAnswer](b, wire.TypeSFUAnswer); ans.SDP != "answer to v=0" || ans.Epoch != j.Epoch {
			t.Errorf("answer: %+v", ans)
		}
		b.ok(wire.TypeSFUICE, wire.SFUICE{Epoch: j.Epoch})

		// The mute is in force when it is acked.
		ack := b.ok(wire.TypeCallMicState, wire.MicState{AudioMuted: true})
		if s.muted || !s.deafened || *ack.RelayedTo != 1 {
			t.Errorf("muted %v deafened %v relayedTo %d", s.muted, s.deafened, *ack.RelayedTo)
		}
		if m := last[wire.RelayedMicState](a, wire.TypeCallMicState); m.FromUserID != "b" || !m.AudioMuted || m.RoomSlug != "general" || m.Ts != wire.At(time.Now()) {
			t.Errorf("relayed: %+v", m)
		}
		b.ok(wire.TypeVoiceStats, wire.VoiceStats{CandidateType: "host"})
		b.ok(wire.TypeCallVideoState, map[string]any{"settings": map[string]any{"on": true}})
		viewer := w.member("viewer")
		viewer.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		if st := last[wire.InitialState](viewer, wire.TypeCallInitialState); len(st.Participants) != 2 {
			t.Errorf("initial state: %+v", st)
		}

		b.fresh()
		b.ok(wire.TypeVoiceLeave, nil)
		if got := b.types()[:2]; !slices.Equal(got, []string{wire.TypeAck, wire.TypeVoiceLeft}) {
			t.Errorf("b got %v", got)
		}
		if l := last[wire.VoiceParticipantLeft](a, wire.TypeVoiceParticipantLeft); l.UserID != "b" || l.Reason != wire.LeaveLeft {
			t.Errorf("a was told %+v", l)
		}
		a.drop()
		if l := last[wire.VoiceParticipantLeft](viewer, wire.TypeVoiceParticipantLeft); l.UserID != "a" || l.Reason != wire.LeaveDisconnected {
			t.Errorf("viewer was told %+v", l)
		}
	})
}

func TestVoiceMoves(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a1, a2, b := w.member("a"), w.member("a"), w.member("b")
		b.talk("general", false)
		first := a1.talk("general", false)
		for i, slug := range []string{"general", "other"} {
			second := a2.talk(slug, false)
			if l := last[wire.VoiceLeft](a1, wire.TypeVoiceLeft); l.Reason != wire.LeaveMoved || l.RoomSlug != "general" {
				t.Errorf("the first device: %+v", l)
			}
			if second.CSRC == first.CSRC || w.media.open() != 2 {
				t.Errorf("csrc %d, %d open", second.CSRC, w.media.open())
			}
			a1.refused(wire.CodeNotInVoice, wire.TypeSFUOffer, wire.SFUOffer{Epoch: first.Epoch, SDP: "v=0"})
			if i == 0 {
				a1.talk("general", false)
			}
		}
		if l := last[wire.VoiceParticipantLeft](b, wire.TypeVoiceParticipantLeft); l.UserID != "a" || l.Reason != wire.LeaveMoved {
			t.Errorf("b was told %+v", l)
		}
		// One device that changes rooms is not told that it has moved.
		before := a2.count(wire.TypeVoiceLeft)
		a2.talk("general", false)
		a2.talk("general", false)
		if a2.count(wire.TypeVoiceLeft) != before {
			t.Error("the device that moved itself was told so")
		}
		if n := w.hub.Stats().VoiceMembers; n != 2 {
			t.Errorf("%d members", n)
		}
	})
}

func TestFullRoomLeavesAllAsItWas(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b, c := w.member("a"), w.member("b"), w.member("c")
		a.talk("tiny", false)
		b.talk("tiny", false)
		j := c.talk("general", false)
		c.fresh()
		c.refused(wire.CodeRoomFull, wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "tiny"})
		c.wantTypes(wire.TypeNack)
		c.ok(wire.TypeSFUOffer, wire.SFUOffer{Epoch: j.Epoch, SDP: "v=0"})
		if w.creds.count() != 3 || w.media.open() != 3 {
			t.Errorf("%d credentials, %d sessions", w.creds.count(), w.media.open())
		}
		b.talk("tiny", false) // his own place is not another's
	})
}

func TestSlotsSpeakingIgnore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		a.talk("general", false)
		jb := b.talk("general", false)
		w.media.of("a").Events.Slots([]MediaSlot{{Slot: 0, MID: "1", CSRC: jb.CSRC}, {Slot: 1, MID: "2"}})
		w.media.of("b").Events.Speaking(true)
		synctest.Wait()
		slots := last[wire.VoiceSlots](a, wire.TypeVoiceSlots).Slots
		if len(slots) != 2 || *slots[0].UserID != "b" || slots[1].UserID != nil {
			t.Errorf("slots: %+v", slots)
		}
		if sp := last[wire.VoiceSpeaking](a, wire.TypeVoiceSpeaking); !slices.Equal(sp.UserIDs, []string{"b"}) {
			t.Errorf("speaking: %+v", sp)
		}
		for i := range 51 {
			w.media.of("b").Events.Speaking(i%2 == 1)
			time.Sleep(2 * time.Millisecond)
		}
		time.Sleep(speakingEvery)
		synctest.Wait()
		if n := a.count(wire.TypeVoiceSpeaking); n > 4 {
			t.Errorf("speaking was told %d times in 200 ms", n)
		}
		if sp := last[wire.VoiceSpeaking](a, wire.TypeVoiceSpeaking); len(sp.UserIDs) != 0 {
			t.Errorf("the last change was lost: %+v", sp)
		}
		a.ok(wire.TypeVoiceIgnore, wire.VoiceIgnore{UserIDs: []string{"b", "nobody"}})
		if got := w.media.of("a").ignored; !slices.Equal(got, []uint32{jb.CSRC}) {
			t.Errorf("ignored: %v", got)
		}
		jb = b.talk("general", false) // with another CSRC
		if got := w.media.of("a").ignored; !slices.Equal(got, []uint32{jb.CSRC}) {
			t.Errorf("ignored after he came again: %v", got)
		}
	})
}

// Two talk directly, a third comes and goes.
func TestPeerToPeer(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b, c := w.member("a"), w.member("b"), w.member("c")
		a.talk("general", true)
		b.talk("general", true)
		prepare := func() wire.VoiceTopology {
			t.Helper()
			time.Sleep(400 * time.Millisecond)
			synctest.Wait()
			p := last[wire.VoiceTopology](a, wire.TypeVoiceTopology)
			if p.Phase != wire.PhasePrepare || p.Topology != wire.TopologyP2P {
				t.Fatalf("prepare: %+v", p)
			}
			return p
		}
		commit := func(p wire.VoiceTopology) {
			t.Helper()
			a.ok(wire.TypeVoiceReady, wire.VoiceReady{Epoch: p.Epoch})
			b.ok(wire.TypeVoiceReady, wire.VoiceReady{Epoch: p.Epoch})
			for _, x := range []*peer{a, b} {
				if got := last[wire.VoiceTopology](x, wire.TypeVoiceTopology); got.Phase != wire.PhaseCommit || got.Epoch != p.Epoch || got.Topology != wire.TopologyP2P {
					t.Fatalf("commit: %+v", got)
				}
			}
		}
		p := prepare()
		b.refused(wire.CodeStaleEpoch, wire.TypeVoiceReady, wire.VoiceReady{Epoch: p.Epoch - 1})
		old := p.Epoch - 1
		signal := json.RawMessage(`{"type":"offer"}`)
		b.refused(wire.CodeStaleEpoch, wire.TypeCallOffer, wire.CallSignal{TargetUserID: "a", Signal: signal, Epoch: &old})
		b.refused(wire.CodeTargetNotInRoom, wire.TypeCallOffer, wire.CallSignal{TargetUserID: "c", Signal: signal, Epoch: &p.Epoch})
		b.refused(wire.CodeTargetNotInRoom, wire.TypeCallFailed, wire.CallFailed{TargetUserID: "c", Epoch: p.Epoch})
		b.refused(wire.CodeStaleEpoch, wire.TypeCallFailed, wire.CallFailed{TargetUserID: "c", Epoch: old})
		if ack := b.ok(wire.TypeCallOffer, wire.CallSignal{TargetUserID: "a", Signal: signal, Epoch: &p.Epoch}); *ack.RelayedTo != 1 {
			t.Errorf("relayedTo %d", *ack.RelayedTo)
		}
		if got := last[wire.RelayedCall](a, wire.TypeCallOffer); got.FromUserID != "b" || string(got.Signal) != string(signal) || *got.Epoch != p.Epoch {
			t.Errorf("relayed: %+v", got)
		}
		b.ok(wire.TypeCallHangup, wire.CallEnd{Reason: "bye"})
		commit(p)
		if w.hub.Stats().P2PRooms != 1 {
			t.Error("not counted")
		}
		// Who speaks comes from those who speak.
		a.ok(wire.TypeCallMicState, wire.MicState{Speaking: true})
		if sp := last[wire.VoiceSpeaking](b, wire.TypeVoiceSpeaking); !slices.Equal(sp.UserIDs, []string{"a"}) {
			t.Errorf("speaking: %+v", sp)
		}

		// The third: first the SFU, then the newcomer.
		a.fresh()
		c.talk("general", true)
		types := a.types()
		if i, j := slices.Index(types, wire.TypeVoiceTopology), slices.Index(types, wire.TypeVoiceParticipantJoined); i < 0 || j < i {
			t.Errorf("a got %v", types)
		}
		if got := last[wire.VoiceTopology](a, wire.TypeVoiceTopology); got.Phase != wire.PhaseCommit || got.Topology != wire.TopologySFU || got.Epoch <= p.Epoch {
			t.Errorf("back to the SFU: %+v", got)
		}
		c.ok(wire.TypeVoiceLeave, nil)
		p = prepare()
		commit(p)
		// A failure goes back at once and is not tried again soon.
		a.ok(wire.TypeCallFailed, wire.CallFailed{TargetUserID: "b", Epoch: p.Epoch, Reason: "ice"})
		n := a.count(wire.TypeVoiceTopology)
		if got := last[wire.VoiceTopology](b, wire.TypeVoiceTopology); got.Topology != wire.TopologySFU || got.Phase != wire.PhaseCommit {
			t.Errorf("after a failure: %+v", got)
		}
		for range 25 { // within the heartbeat
			time.Sleep(time.Second)
		}
		if a.count(wire.TypeVoiceTopology) != n {
			t.Error("tried again within the backoff")
		}
		a.checkSeq()
	})
}

func TestSignalsOutsideVoice(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b1, b2 := w.member("a"), w.member("b"), w.member("b")
		signal := json.RawMessage(`{}`)
		a.refused(wire.CodeNoActiveRoom, wire.TypeCallOffer, wire.CallSignal{Signal: signal})
		a.refused(wire.CodeNoActiveRoom, wire.TypeCallMicState, wire.MicState{})
		for _, p := range []*peer{a, b1, b2} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		}
		if ack := a.ok(wire.TypeCallOffer, wire.CallSignal{Signal: signal}); *ack.RelayedTo != 2 {
			t.Errorf("relayedTo %d", *ack.RelayedTo)
		}
		b1.talk("general", false)
		if ack := a.ok(wire.TypeCallOffer, wire.CallSignal{TargetUserID: "b", Signal: signal}); *ack.RelayedTo != 1 {
			t.Errorf("relayedTo %d", *ack.RelayedTo)
		}
		b2.refused(wire.CodeNotInVoice, wire.TypeCallMicState, wire.MicState{})
		for _, bad := range []string{`1`, `null`, `"` + strings.Repeat("x", 12000) + `"`} {
			a.refused(wire.CodeValidation, wire.TypeCallICE, wire.CallSignal{Signal: json.RawMessage(bad)})
		}
		a.refused(wire.CodeTargetNotInRoom, wire.TypeCallReject, wire.CallEnd{TargetUserID: "a"})
	})
}
