package signaling

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestWelcome(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		m, g := w.member("m"), w.connect("g", wire.RoleGuest)
		m.wantTypes(wire.TypeServerReady, wire.TypeRoomsPresence)
		ready := last[wire.Ready](m, wire.TypeServerReady)
		if ready.UserID != "m" || ready.HeartbeatSec != 20 || ready.SessionID == "" {
			t.Errorf("ready: %+v", ready)
		}
		if n := len(last[wire.RoomsPresence](m, wire.TypeRoomsPresence).Rooms); n != 4 {
			t.Errorf("a member sees %d rooms, want 4", n)
		}
		if n := len(last[wire.RoomsPresence](g, wire.TypeRoomsPresence).Rooms); n != 3 {
			t.Errorf("a guest sees %d rooms, want 3", n)
		}
		// A room that a guest may not see is refused word for word like one that is not there.
		hidden := g.refused(wire.CodeRoomNotFound, wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "staff"})
		if none := g.refused(wire.CodeRoomNotFound, wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "nowhere"}); none.Message != hidden.Message {
			t.Errorf("%q for a hidden room, %q for none", hidden.Message, none.Message)
		}
		m.checkSeq()
	})
}

func TestRoomJoinAndLeave(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		a.refused(wire.CodeNoActiveRoom, wire.TypeRoomLeave, nil)
		a.fresh()
		ack := a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		if ack.RoomSlug != "general" || ack.RoomID != "id-general" {
			t.Errorf("ack: %+v", ack)
		}
		a.wantTypes(wire.TypeRoomJoined, wire.TypeAck, wire.TypeRoomPresence, wire.TypeCallInitialState, wire.TypeRoomsPresenceChanged)
		b.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		if j := last[wire.PresenceChange](a, wire.TypePresenceJoined); j.UserID != "b" || j.PresenceCount != 2 {
			t.Errorf("joined: %+v", j)
		}
		if n := b.count(wire.TypePresenceJoined); n != 0 {
			t.Errorf("b was told of itself %d times", n)
		}
		// Another room takes b out of this one.
		b.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "other"})
		if l := last[wire.PresenceChange](a, wire.TypePresenceLeft); l.UserID != "b" || l.PresenceCount != 1 {
			t.Errorf("left: %+v", l)
		}
		b.ok(wire.TypeRoomLeave, nil)
		b.refused(wire.CodeNoActiveRoom, wire.TypeRoomLeave, nil)
		a.checkSeq()
		b.checkSeq()
	})
}

func TestSecondTabIsSilent(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b1, b2 := w.member("a"), w.member("b"), w.member("b")
		for _, p := range []*peer{a, b1, b2} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		}
		if n := a.count(wire.TypePresenceJoined); n != 1 {
			t.Errorf("a was told %d times that b came", n)
		}
		b1.drop()
		if n := a.count(wire.TypePresenceLeft); n != 0 {
			t.Error("a was told that b left while a tab was there")
		}
		b2.drop()
		if n := a.count(wire.TypePresenceLeft); n != 1 {
			t.Errorf("a was told %d times that b left", n)
		}
	})
}

func TestPresenceReachesEverybody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		g, a := w.connect("g", wire.RoleGuest), w.member("a")
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "staff"})
		a.ok(wire.TypePresenceStatus, wire.SetStatus{Status: wire.StatusDND})
		time.Sleep(presenceEvery)
		synctest.Wait()
		if n := g.count(wire.TypeRoomsPresenceChanged); n != 0 {
			t.Error("a guest was told of a room that he may not see")
		}
		p := last[wire.RoomPresence](a, wire.TypeRoomsPresenceChanged)
		if len(p.Users) != 1 || p.Users[0].Status != wire.StatusDND {
			t.Errorf("presence: %+v", p)
		}
		a.refused(wire.CodeValidation, wire.TypePresenceStatus, wire.SetStatus{Status: "away"})

		// Many changes are told a few times, and the last one is told.
		before := a.count(wire.TypeRoomsPresenceChanged)
		for i := range 20 {
			a.ok(wire.TypePresenceStatus, wire.SetStatus{Status: []wire.PresenceStatus{wire.StatusIdle, wire.StatusOnline}[i%2]})
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(presenceEvery)
		synctest.Wait()
		if n := a.count(wire.TypeRoomsPresenceChanged) - before; n > 4 {
			t.Errorf("20 changes in 100 ms were told %d times", n)
		}
		if p := last[wire.RoomPresence](a, wire.TypeRoomsPresenceChanged); p.Users[0].Status != wire.StatusOnline {
			t.Errorf("the last change was lost: %+v", p)
		}
		// A newcomer finds the same in the tree.
		tree := last[wire.RoomsPresence](w.member("late"), wire.TypeRoomsPresence)
		i := slices.IndexFunc(tree.Rooms, func(r wire.RoomPresence) bool { return r.RoomSlug == "staff" })
		if i < 0 || len(tree.Rooms[i].Users) != 1 {
			t.Errorf("tree: %+v", tree)
		}
	})
}

func TestRoomEvents(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		g, a := w.connect("g", wire.RoleGuest), w.member("a")
		for _, p := range []*peer{g, a} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
			p.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"})
		}
		private := room1("general", func(r *wire.Room) { r.IsPublic = false })
		w.rooms.put(private)
		w.hub.RoomChanged(private)
		synctest.Wait()
		if l := last[wire.VoiceLeft](g, wire.TypeVoiceLeft); l.Reason != wire.LeaveKicked {
			t.Errorf("guest: %+v", l)
		}
		g.refused(wire.CodeNoActiveRoom, wire.TypeChatSend, wire.ChatSend{Text: "still here?"})
		g.refused(wire.CodeRoomNotFound, wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		a.ok(wire.TypeChatSend, wire.ChatSend{Text: "gone"})
		if a.count(wire.TypeRoomsChanged) != 1 {
			t.Error("rooms.changed is missing")
		}

		w.rooms.put(room1("elsewhere"))
		w.hub.RoomClosed("id-general")
		synctest.Wait()
		if l := last[wire.VoiceLeft](a, wire.TypeVoiceLeft); l.Reason != wire.LeaveRoomClosed {
			t.Errorf("member: %+v", l)
		}
		last[wire.RoomLeft](a, wire.TypeRoomLeft)
		a.refused(wire.CodeNoActiveRoom, wire.TypeChatSend, wire.ChatSend{Text: "x"})
		a.refused(wire.CodeNotInVoice, wire.TypeVoiceLeave, nil)
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "elsewhere"})
	})
}

func TestDisconnect(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b, c := w.member("a"), w.member("b"), w.member("c")
		for _, p := range []*peer{a, b, c} {
			p.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"})
		}
		w.hub.DisconnectUser("a", wire.CloseBanned)
		synctest.Wait()
		if a.closeCode() != wire.CloseBanned {
			t.Errorf("code %d", a.closeCode())
		}
		if l := last[wire.VoiceParticipantLeft](b, wire.TypeVoiceParticipantLeft); l.UserID != "a" || l.Reason != wire.LeaveKicked {
			t.Errorf("%+v", l)
		}
		w.hub.DisconnectAuthSession("auth-b")
		synctest.Wait()
		if b.closeCode() != wire.CloseKicked || c.closeCode() != 0 {
			t.Errorf("codes %d %d", b.closeCode(), c.closeCode())
		}
	})
}

func TestTooManySessions(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a1, a2 := w.member("a"), w.member("a")
		a3 := w.member("a")
		if a1.closeCode() != wire.CloseSessionReplaced || a2.closeCode() != 0 || a3.closeCode() != 0 {
			t.Errorf("codes %d %d %d", a1.closeCode(), a2.closeCode(), a3.closeCode())
		}
	}, func(c *Config) { c.Limits.SessionsPerUser = 2 })
}

func TestCloseDrains(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.member("a")
		a.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"})
		w.close()
		if a.closeCode() != wire.CloseGoingAway {
			t.Errorf("code %d", a.closeCode())
		}
		if err := w.hub.Serve(context.Background(), newPipe(), Caller{}); err == nil {
			t.Error("Serve after Close")
		}
		w.hub.RoomChanged(room1("general"))
		w.hub.DisconnectUser("a", wire.CloseKicked)
	})
}

// A socket and a message that do not move hold Close up until its context ends.
func TestCloseCuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.member("a")
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		w.history.block = make(chan struct{})
		a.send(wire.TypeChatSend, wire.ChatSend{Text: "never stored"})
		a.mu.Lock()
		a.stuck = make(chan struct{})
		a.mu.Unlock()
		a.send(wire.TypePing, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := w.hub.Close(ctx); err == nil {
			t.Error("Close says that it was in time")
		}
		if d := time.Since(began); d > 1100*time.Millisecond {
			t.Errorf("Close took %v", d)
		}
	})
}

func TestHeartbeat(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		quiet, alive := w.member("quiet"), w.member("alive")
		for range 5 {
			time.Sleep(20 * time.Second)
			alive.ok(wire.TypePing, nil)
		}
		if quiet.closeCode() == 0 {
			t.Error("a silent socket is still there after 100 s")
		}
		if alive.closeCode() != 0 {
			t.Error("a socket that pings was closed")
		}
		if alive.count(wire.TypePong) != 5 {
			t.Errorf("%d pongs", alive.count(wire.TypePong))
		}
	})
}

func TestSlowReaderIsCutOff(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		slow, a, b := w.member("slow"), w.member("a"), w.member("b")
		for _, p := range []*peer{slow, a, b} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		}
		slow.mu.Lock()
		slow.stuck = make(chan struct{})
		slow.mu.Unlock()
		for range 40 {
			a.ok(wire.TypeChatSend, wire.ChatSend{Text: "hello"})
		}
		if slow.closeCode() != closeTryAgain {
			t.Errorf("the slow one's code is %d", slow.closeCode())
		}
		for _, p := range []*peer{a, b} {
			if n := p.count(wire.TypeChatMessage); n != 40 {
				t.Errorf("%s got %d of 40", p.user.ID, n)
			}
		}
		time.Sleep(w.hub.cfg.Realtime.resumeWindow() + time.Second) // it may come back until then
		synctest.Wait()
		if l := last[wire.PresenceChange](b, wire.TypePresenceLeft); l.UserID != "slow" {
			t.Errorf("%+v", l)
		}
		if n := w.hub.Stats().SlowClosed; n != 1 {
			t.Errorf("SlowClosed %d", n)
		}
	}, func(c *Config) { c.Realtime.QueueFrames = 16 })
}
