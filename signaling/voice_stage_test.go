package signaling

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// stageOf is the last that a client was told of the stage.
func stageOf(p *peer) []string {
	p.t.Helper()
	synctest.Wait()
	return last[wire.VoiceOnStage](p, wire.TypeVoiceStage).UserIDs
}

func TestStage(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		mod, a, b, viewer := w.connect("mod", wire.RoleModerator), w.member("a"), w.member("b"), w.member("viewer")
		viewer.join("general")
		mod.refused(wire.CodeNotInVoice, wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{"mod"}})
		mod.talk("general", false)
		a.talk("general", false)
		if n := mod.count(wire.TypeVoiceStage); n != 0 {
			t.Errorf("%d words of an empty stage", n)
		}
		mod.refused(wire.CodeTargetNotInRoom, wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{"a", "viewer"}})
		mod.refused(wire.CodeTargetNotInRoom, wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{"nobody"}})
		if w.media.of("a").staged() {
			t.Error("a refused list put somebody on the stage")
		}
		many := make([]string, maxStage+1)
		for i := range many {
			many[i] = fmt.Sprint("u", i)
		}
		mod.refused(wire.CodeValidation, wire.TypeVoiceStage, wire.VoiceStage{UserIDs: many})
		a.refused(wire.CodeForbidden, wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{"a"}})

		mod.ok(wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{"a", "a", "mod"}})
		for _, p := range []*peer{mod, a} {
			if got := stageOf(p); !slices.Equal(got, []string{"a", "mod"}) {
				t.Errorf("%s was told %v", p.user.ID, got)
			}
		}
		if !w.media.of("a").staged() || !w.media.of("mod").staged() {
			t.Error("the SFU does not know of the stage")
		}
		if n := viewer.count(wire.TypeVoiceStage); n != 0 {
			t.Error("who only reads was told of the stage")
		}
		mod.ok(wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{"mod", "a"}})
		if n := a.count(wire.TypeVoiceStage); n != 1 {
			t.Errorf("%d words, want one: nothing has changed since", n)
		}
		// A newcomer is told after voice.joined.
		b.talk("general", false)
		types := b.types()
		i, j := slices.Index(types, wire.TypeVoiceJoined), slices.Index(types, wire.TypeVoiceStage)
		if i < 0 || j < i || !slices.Equal(stageOf(b), []string{"a", "mod"}) || w.media.of("b").staged() {
			t.Errorf("b got %v", types)
		}
		// Another device of his takes the place on the stage too.
		a2 := w.member("a")
		a2.talk("general", false)
		if !w.media.of("a").Priority || !slices.Equal(stageOf(a2), []string{"a", "mod"}) || b.count(wire.TypeVoiceStage) != 1 {
			t.Error("moving to another device took somebody off the stage")
		}
		// It lasts as long as he is there.
		a2.ok(wire.TypeVoiceLeave, nil)
		if got := stageOf(b); !slices.Equal(got, []string{"mod"}) {
			t.Errorf("after he left: %v", got)
		}
		a.talk("general", false)
		if w.media.of("a").Priority || !slices.Equal(stageOf(a), []string{"mod"}) {
			t.Error("who came again is still on the stage")
		}
		mod.ok(wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{}})
		if got := stageOf(a); len(got) != 0 || w.media.of("mod").staged() {
			t.Errorf("the stage was cleared: %v", got)
		}
		for _, p := range []*peer{mod, a, b} {
			p.checkSeq()
		}
	})
}

// Whom his network has taken from the stage is on it again when he comes back
// in time, by whatever way; who left it, or was taken off it, is not.
func TestStageOfAGhost(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		mod := w.connect("mod", wire.RoleModerator)
		mod.talk("general", false)
		a := w.member("a")
		wait := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second) {
				mod.ok(wire.TypePing, nil)
			}
		}
		vanish := func() {
			a.lost = true
			a.drop()
			w.media.of("a").Events.State(MediaDisconnected)
			wait(12 * time.Second)
			if got := stageOf(mod); len(got) != 0 {
				t.Fatalf("a ghost is on the stage: %v", got)
			}
		}
		comes := func() []string {
			a = w.member("a")
			a.talk("general", false)
			return stageOf(mod)
		}
		puts := func() {
			mod.ok(wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{"a"}})
		}
		a.talk("general", false)
		puts()

		vanish()
		if got := comes(); !slices.Equal(got, []string{"a"}) || !slices.Equal(stageOf(a), got) || !w.media.of("a").Priority {
			t.Errorf("after he came back: %v", got)
		}
		_ = a.Close(1001, "") // and when he loads the page anew
		a.drop()
		if got := comes(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("after a reload: %v", got)
		}

		vanish()
		wait(31 * time.Second)
		if got := comes(); len(got) != 0 || w.media.of("a").Priority {
			t.Errorf("too late: %v", got)
		}
		puts()
		a.ok(wire.TypeVoiceLeave, nil)
		if got := comes(); len(got) != 0 {
			t.Errorf("he had left: %v", got)
		}
		puts()
		vanish()
		mod.ok(wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{"mod"}})
		mod.ok(wire.TypeVoiceStage, wire.VoiceStage{UserIDs: []string{}})
		if got := comes(); len(got) != 0 {
			t.Errorf("the stage was cleared: %v", got)
		}
		for _, p := range []*peer{mod, a} {
			p.checkSeq()
		}
	})
}

// The places that are kept are bounded, and those whose time is over make room.
func TestAbsentees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept absentees
		until := time.Now().Add(time.Minute)
		for i := range maxStage + 5 {
			kept.add(fmt.Sprint("u", i), until)
		}
		if len(kept) != maxStage || !kept.has("u0", time.Now()) || kept.has("u0", until) || kept.has("nobody", time.Now()) {
			t.Errorf("%d are kept", len(kept))
		}
		time.Sleep(time.Minute)
		kept.add("late", time.Now().Add(time.Minute))
		if len(kept) != 1 {
			t.Errorf("%d are kept", len(kept))
		}
	})
}
