package signaling

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

const secretAddress = "203.0.113.77"

// signals are what a client may say in pairs, with an address in each.
var signals = map[string]json.RawMessage{
	wire.TypeCallOffer:  json.RawMessage(`{"type":"offer","sdp":"v=0\r\nc=IN IP4 203.0.113.77\r\na=candidate:1 1 udp 1 203.0.113.77 5000 typ host\r\n"}`),
	wire.TypeCallAnswer: json.RawMessage(`{"type":"answer","sdp":"v=0\r\nc=IN IP4 203.0.113.77\r\n"}`),
	wire.TypeCallICE:    json.RawMessage(`{"candidate":"candidate:1 1 udp 1 203.0.113.77 5000 typ host"}`),
}

// tells says whether anything that p ever got has the address in it.
func (p *peer) tells(address string) bool {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, raw := range p.raw {
		if strings.Contains(string(raw), address) {
			return true
		}
	}
	return false
}

func TestHiddenParticipant(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		h, a, v := w.member("h"), w.member("a"), w.member("v")
		tab := w.member("h") // of the same user's
		for _, p := range []*peer{h, a, v, tab} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		}
		a.talk("general", true)
		h.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general", P2P: true, RelayOnly: true})
		if j := last[wire.VoiceJoined](h, wire.TypeVoiceJoined); j.ICETransportPolicy != wire.ICERelay || len(j.ICEServers) == 0 {
			t.Errorf("%+v", j)
		}
		if j := last[wire.VoiceJoined](a, wire.TypeVoiceJoined); j.ICETransportPolicy != wire.ICEAll {
			t.Errorf("%+v", j)
		}
		w.media.of("h").Events.State(MediaConnected)
		for range 5 {
			time.Sleep(time.Second)
		}
		if n := a.count(wire.TypeVoiceTopology); n != 0 {
			t.Errorf("%d steps of the topology with somebody who hides", n)
		}
		for typ, signal := range signals {
			for _, from := range []*peer{h, tab} {
				from.refused(wire.CodeForbidden, typ, wire.CallSignal{Signal: signal})
				from.refused(wire.CodeForbidden, typ, wire.CallSignal{TargetUserID: "a", Signal: signal})
				from.refused(wire.CodeForbidden, typ, wire.CallSignal{TargetUserID: "v", Signal: signal})
			}
			// Nor is he given what his client would answer to.
			a.refused(wire.CodeForbidden, typ, wire.CallSignal{TargetUserID: "h", Signal: signal})
			if ack := a.ok(typ, wire.CallSignal{Signal: json.RawMessage(`{"type":"of another"}`)}); *ack.RelayedTo != 1 {
				t.Errorf("%s to all was relayed to %d", typ, *ack.RelayedTo)
			}
		}
		for _, reason := range []string{"my address is " + secretAddress, secretAddress + ":5000", "[2001:db8::7]:9", "candidate:1 1 udp 1 x.local 5 typ host"} {
			h.refused(wire.CodeForbidden, wire.TypeCallHangup, wire.CallEnd{Reason: reason})
		}
		h.ok(wire.TypeCallHangup, wire.CallEnd{Reason: "at 12:30, version 1.2.3: bye."})
		for _, settings := range []string{
			`{"a":"203.0.113.77"}`, `{"a":[{"b":"\u0032\u00303.0.113.77"}]}`, `{"203.0.113.77":1}`,
		} {
			h.refused(wire.CodeForbidden, wire.TypeCallVideoState, wire.VideoState{Settings: json.RawMessage(settings)})
		}
		h.ok(wire.TypeCallVideoState, wire.VideoState{Settings: json.RawMessage(`{"camera":true,"height":720,"label":"front"}`)})
		h.ok(wire.TypeCallMicState, wire.MicState{Speaking: true})
		for _, p := range []*peer{a, v} {
			if p.tells(secretAddress) || p.tells("2001:db8") {
				t.Errorf("%s was told the address", p.user.ID)
			}
		}
		if h.tells("of another") || tab.tells("of another") {
			t.Error("he was given another's signal")
		}

		// Out of voice he is as everybody.
		h.ok(wire.TypeVoiceLeave, nil)
		h.ok(wire.TypeCallICE, wire.CallSignal{TargetUserID: "a", Signal: signals[wire.TypeCallICE]})
		if !a.tells(secretAddress) {
			t.Error("the test would not see an address")
		}
	})
}

// TestHiddenInAnotherRoom: what he is promised where he talks holds where he looks.
func TestHiddenInAnotherRoom(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		h, tab, a := w.member("h"), w.member("h"), w.member("a")
		h.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "other", RelayOnly: true})
		for _, p := range []*peer{tab, a} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		}
		tab.refused(wire.CodeForbidden, wire.TypeCallICE, wire.CallSignal{TargetUserID: "a", Signal: signals[wire.TypeCallICE]})
		a.refused(wire.CodeForbidden, wire.TypeCallICE, wire.CallSignal{TargetUserID: "h", Signal: signals[wire.TypeCallICE]})
		if a.tells(secretAddress) {
			t.Error("told")
		}
	})
}

// TestSaidBeforeHiding: what somebody said before he hid is not repeated while he
// does, wherever he talks.
func TestSaidBeforeHiding(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		h := w.member("h")
		h.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		video := func(settings string) {
			h.ok(wire.TypeCallVideoState, wire.VideoState{Settings: json.RawMessage(settings)})
		}
		repeated := func(id string) string {
			p := w.member(id)
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
			for _, one := range last[wire.InitialState](p, wire.TypeCallInitialState).Participants {
				if one.UserID == "h" && one.Video != nil {
					return string(one.Video.Settings)
				}
			}
			if p.tells(secretAddress) {
				t.Error("told in another way")
			}
			return ""
		}
		said := `{"at":"203.0.113.77:9"}`
		video(said)
		if got := repeated("a"); got != said {
			t.Errorf("not hidden: %q", got)
		}
		for _, slug := range []string{"other", "general"} {
			h.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: slug, RelayOnly: true})
			if got := repeated("in " + slug); got != "" {
				t.Errorf("he hides in %s: %q", slug, got)
			}
		}
		video(`{"camera":true}`)
		if got := repeated("b"); got != `{"camera":true}` {
			t.Errorf("nothing to hide: %q", got)
		}
	})
}

// TestPairsEndWhenSomebodyHides: he who talks directly joins anew to hide, and
// again when he has changed his mind.
func TestPairsEndWhenSomebodyHides(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		a.talk("general", true)
		b.talk("general", true)
		time.Sleep(400 * time.Millisecond)
		synctest.Wait()
		p := last[wire.VoiceTopology](a, wire.TypeVoiceTopology)
		a.ok(wire.TypeVoiceReady, wire.VoiceReady{Epoch: p.Epoch})
		b.ok(wire.TypeVoiceReady, wire.VoiceReady{Epoch: p.Epoch})
		if w.hub.Stats().P2PRooms != 1 {
			t.Fatal("no pair")
		}
		b.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general", P2P: true, RelayOnly: true})
		w.media.of("b").Events.State(MediaConnected)
		n := a.count(wire.TypeVoiceTopology)
		for range 5 {
			time.Sleep(time.Second)
		}
		if got := last[wire.VoiceTopology](a, wire.TypeVoiceTopology); got.Topology != wire.TopologySFU || a.count(wire.TypeVoiceTopology) != n {
			t.Errorf("%+v", got)
		}
		if got := b.talk("general", true); got.ICETransportPolicy != wire.ICEAll {
			t.Errorf("%+v", got)
		}
		time.Sleep(400 * time.Millisecond)
		synctest.Wait()
		if got := last[wire.VoiceTopology](a, wire.TypeVoiceTopology); got.Phase != wire.PhasePrepare {
			t.Errorf("nobody hides any more: %+v", got)
		}
	})
}

func TestAllAreRelayedOnly(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		a.talk("general", true)
		b.talk("general", true)
		if j := last[wire.VoiceJoined](b, wire.TypeVoiceJoined); j.ICETransportPolicy != wire.ICERelay {
			t.Errorf("%+v", j)
		}
		for range 5 {
			time.Sleep(time.Second)
		}
		if n := a.count(wire.TypeVoiceTopology); n != 0 {
			t.Errorf("%d steps", n)
		}
		a.refused(wire.CodeForbidden, wire.TypeCallOffer, wire.CallSignal{TargetUserID: "b", Signal: signals[wire.TypeCallOffer]})
		b.ok(wire.TypeVoiceLeave, nil)
		// Also of those who are in no voice.
		b.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		b.refused(wire.CodeForbidden, wire.TypeCallOffer, wire.CallSignal{Signal: signals[wire.TypeCallOffer]})
	}, func(c *Config) { c.Voice.RelayOnly = true })
}

func TestNoRelayToHideBehind(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.creds.urls = []string{"stun:host"}
		h := w.member("h")
		h.refused(wire.CodeNoRelay, wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general", RelayOnly: true})
		if n := w.creds.count(); n != 0 {
			t.Errorf("%d credentials are left", n)
		}
		// The voice that he is in stays as it was.
		h.talk("general", false)
		h.refused(wire.CodeNoRelay, wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "other", RelayOnly: true})
		h.ok(wire.TypeVoiceLeave, nil)
	})
}

func FuzzNamesAddress(f *testing.F) {
	for _, s := range []string{"", "1.2.3.4", "::1", "[::1]:80", "no", "12:30", "candidate:", "1.2.3.4.", "a.b.c.d", "\xff1.2.3.4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		namesAddress(s)
		if !namesAddress(s+" "+secretAddress+" ") || !namesAddress("("+secretAddress+":9)"+s) {
			t.Errorf("%q with an address in it has none", s)
		}
		raw, err := json.Marshal(map[string]any{"x": []string{s, " " + secretAddress}})
		if err != nil || !namesAddressIn(raw) {
			t.Errorf("%s has none", raw)
		}
	})
}
