package signaling

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// rawLast is the newest event of a type as it was written.
func (p *peer) rawLast(typ string) string {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, f := range slices.Backward(p.frames) {
		if f.Type == typ {
			return string(p.raw[i])
		}
	}
	p.t.Fatalf("%s has got no %s", p.user.ID, typ)
	return ""
}

// aQuality is a word of a listener whom nobody wants to hear.
func aQuality() wire.VoiceQuality {
	return wire.VoiceQuality{
		Downlink: wire.DownlinkQuality{State: wire.DownlinkFair, Layer: wire.DownlinkLow, Redundancy: 2, FrameMs: 40, Slots: 3, LossPct: 12.5, EstimateBps: 64000, Reason: "loss"},
		Uplink:   wire.UplinkQuality{MaxBitrate: 24000, Layers: []wire.Layer{}, Redundancy: 1, FrameMs: 20, LossPct: 100},
	}
}

// The SFU's word on a member's quality goes to the socket that he is in voice
// from, and to no other: not of his own, of others in the room or of the room's
// watchers.
func TestVoiceQualityIsTheMembersOwn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, a2, b, viewer := w.member("a"), w.member("a"), w.member("b"), w.member("viewer")
		a.talk("general", false)
		b.talk("general", false)
		for _, p := range []*peer{a2, viewer} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		}
		events := w.media.of("a").Events
		events.Quality(aQuality())
		synctest.Wait()
		if got, want := last[wire.VoiceQuality](a, wire.TypeVoiceQuality), aQuality(); got.Downlink != want.Downlink || got.Uplink.LossPct != 100 {
			t.Errorf("a was told %+v, want %+v", got, want)
		}
		raw := a.rawLast(wire.TypeVoiceQuality)
		for _, part := range []string{
			`"downlink":{"state":"fair","layer":"low","redundancy":2,"frameMs":40,"slots":3,"lossPct":12.5,"estimateBps":64000,"reason":"loss"}`,
			`"uplink":{"maxBitrate":24000,"layers":[],"redundancy":1,"frameMs":20,"lossPct":100}`,
		} {
			if !strings.Contains(raw, part) {
				t.Errorf("no %s in %s", part, raw)
			}
		}

		both := aQuality()
		both.Uplink.Layers = []wire.Layer{wire.LayerHigh, wire.LayerLow}
		events.Quality(both)
		synctest.Wait()
		if raw := a.rawLast(wire.TypeVoiceQuality); !strings.Contains(raw, `"layers":["high","low"]`) {
			t.Errorf("two layers: %s", raw)
		}
		if n := a.count(wire.TypeVoiceQuality); n != 2 {
			t.Errorf("a was told %d times, want 2", n)
		}
		for _, p := range []*peer{a2, b, viewer} {
			if n := p.count(wire.TypeVoiceQuality); n != 0 {
				t.Errorf("another socket of %s was told %d times", p.user.ID, n)
			}
		}

		// Who has moved to another socket is told there; the session that he
		// left has nothing more to say.
		a2.talk("general", false)
		events.Quality(aQuality())
		synctest.Wait()
		if n := a.count(wire.TypeVoiceQuality) + a2.count(wire.TypeVoiceQuality); n != 2 {
			t.Errorf("the session that ended was told of: %d words, want 2", n)
		}
		w.media.of("a").Events.Quality(aQuality())
		synctest.Wait()
		if n, m := a.count(wire.TypeVoiceQuality), a2.count(wire.TypeVoiceQuality); n != 2 || m != 1 {
			t.Errorf("after he moved: %d words at the old socket, want 2, and %d at the new one, want 1", n, m)
		}
		a2.checkSeq()
	})
}

// A client's figures reach its own media session, and only those that can be.
func TestVoiceStatsReachTheSFU(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		concealed, rtt := 3.5, 40.0
		a.refused(wire.CodeNotInVoice, wire.TypeVoiceStats, wire.VoiceStats{ConcealedPct: &concealed})
		a.talk("general", false)
		b.talk("general", false)
		reported := func(id string) (v *wire.VoiceStats) {
			s := w.media.of(id)
			s.set(func() { v = s.reported })
			return v
		}
		a.ok(wire.TypeVoiceStats, wire.VoiceStats{RTTMs: &rtt, ConcealedPct: &concealed, CandidateType: "host"})
		got := reported("a")
		switch {
		case got == nil:
			t.Fatal("nothing was reported")
		case got.ConcealedPct == nil || *got.ConcealedPct != concealed, got.RTTMs == nil || *got.RTTMs != rtt,
			got.LossPct != nil, got.CandidateType != "host":
			t.Errorf("reported: %+v", got)
		}
		if reported("b") != nil {
			t.Error("b's session was told of a's figures")
		}
		impossible := 100.5
		a.refused(wire.CodeValidation, wire.TypeVoiceStats, wire.VoiceStats{ConcealedPct: &impossible})
		a.refused(wire.CodeValidation, wire.TypeVoiceStats, map[string]any{"concealedPct": -1})
		if reported("a") != got {
			t.Error("impossible figures were reported")
		}
		a.ok(wire.TypeVoiceStats, wire.VoiceStats{})
		if got := reported("a"); got == nil || got.ConcealedPct != nil {
			t.Errorf("reported without figures: %+v", got)
		}
	})
}
