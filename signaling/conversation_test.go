package signaling

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// say sends a message and returns its id.
func (p *peer) say(text string) string {
	p.t.Helper()
	return p.ok(wire.TypeChatSend, wire.ChatSend{Text: text}).MessageID
}

func (p *peer) join(slug string) {
	p.t.Helper()
	p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: slug})
}

func TestChatEdit(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		a.refused(wire.CodeNoActiveRoom, wire.TypeChatEdit, wire.ChatEdit{MessageID: "m", Text: "x"})
		a.join("general")
		b.join("general")
		id := a.say("one")
		if ack := a.ok(wire.TypeChatEdit, wire.ChatEdit{MessageID: id, Text: "two"}); ack.MessageID != id {
			t.Errorf("%+v", ack)
		}
		e := last[wire.ChatEdited](b, wire.TypeChatEdited)
		if e.ID != id || e.Text != "two" || e.RoomSlug != "general" || e.RoomID != "id-general" || e.EditedByUserID != "a" || e.EditedAt.IsZero() {
			t.Errorf("%+v", e)
		}
		a.ok(wire.TypeChatEdit, wire.ChatEdit{MessageID: id, Text: "two"})
		if n := b.count(wire.TypeChatEdited); n != 1 {
			t.Errorf("%d events of one change", n)
		}
		b.refused(wire.CodeForbidden, wire.TypeChatEdit, wire.ChatEdit{MessageID: id, Text: "x"})
		b.join("other")
		b.refused(wire.CodeMessageNotFound, wire.TypeChatEdit, wire.ChatEdit{MessageID: id, Text: "x"})
		if n := a.refused(wire.CodeValidation, wire.TypeChatEdit, wire.ChatEdit{}); len(n.Issues) != 2 || n.Issues[0].Field != "messageId" || n.Issues[1].Field != "text" {
			t.Errorf("issues %+v", n.Issues)
		}
		time.Sleep(chatWindow + time.Second)
		a = w.member("a")
		a.join("general")
		a.refused(wire.CodeEditWindowExpired, wire.TypeChatEdit, wire.ChatEdit{MessageID: id, Text: "three"})
		a.refused(wire.CodeDeleteWindowExpired, wire.TypeChatDelete, wire.ChatDelete{MessageID: id})
	})
}

func TestChatDelete(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, mod := w.member("a"), w.connect("mod", wire.RoleModerator)
		a.join("general")
		mod.join("general")
		id, other := a.say("one"), mod.say("the moderator's")
		a.refused(wire.CodeForbidden, wire.TypeChatDelete, wire.ChatDelete{MessageID: other})
		a.ok(wire.TypeChatDelete, wire.ChatDelete{MessageID: id})
		d := last[wire.ChatDeleted](mod, wire.TypeChatDeleted)
		if d.ID != id || d.DeletedByUserID != "a" || d.RoomSlug != "general" || d.Ts.IsZero() {
			t.Errorf("%+v", d)
		}
		a.ok(wire.TypeChatDelete, wire.ChatDelete{MessageID: id}) // it is deleted
		if n := mod.count(wire.TypeChatDeleted); n != 1 {
			t.Errorf("%d events of one deletion", n)
		}
		a.refused(wire.CodeMessageNotFound, wire.TypeChatEdit, wire.ChatEdit{MessageID: id, Text: "x"})
		old := a.say("old")
		time.Sleep(chatWindow + time.Minute)
		mod = w.connect("mod", wire.RoleModerator)
		mod.join("general")
		mod.ok(wire.TypeChatDelete, wire.ChatDelete{MessageID: old})
	})
}

func TestChatReact(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.connect("b", wire.RoleGuest)
		a.join("general")
		b.join("general")
		id := a.say("one")
		b.ok(wire.TypeChatReact, wire.ChatReact{MessageID: id, Emoji: "👍", On: true})
		b.ok(wire.TypeChatReact, wire.ChatReact{MessageID: id, Emoji: "👍", On: true})
		if n := a.count(wire.TypeChatReacted); n != 1 {
			t.Errorf("%d events of one reaction", n)
		}
		a.ok(wire.TypeChatReact, wire.ChatReact{MessageID: id, Emoji: "👍", On: true})
		if e := last[wire.ChatReacted](b, wire.TypeChatReacted); e.ID != id || e.Emoji != "👍" || !e.On || e.Count != 2 || e.UserID != "a" {
			t.Errorf("%+v", e)
		}
		a.ok(wire.TypeChatReact, wire.ChatReact{MessageID: id, Emoji: "👍"})
		if e := last[wire.ChatReacted](b, wire.TypeChatReacted); e.On || e.Count != 1 {
			t.Errorf("%+v", e)
		}
		for _, emoji := range []string{"", "a b", "a\nb", "\x00", strings.Repeat("x", 65)} {
			if n := a.refused(wire.CodeValidation, wire.TypeChatReact, wire.ChatReact{MessageID: id, Emoji: emoji, On: true}); len(n.Issues) != 1 || n.Issues[0].Field != "emoji" {
				t.Errorf("%q: %+v", emoji, n)
			}
		}
		a.refused(wire.CodeMessageNotFound, wire.TypeChatReact, wire.ChatReact{MessageID: "none", Emoji: "👍", On: true})
	})
}

func TestChatTyping(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, a2, b, away := w.member("a"), w.member("a"), w.member("b"), w.member("away")
		a.refused(wire.CodeNoActiveRoom, wire.TypeChatTyping, nil)
		for _, p := range []*peer{a, a2, b} {
			p.join("general")
		}
		away.join("other")
		for range 3 {
			a.ok(wire.TypeChatTyping, nil)
		}
		if e := last[wire.Typing](b, wire.TypeChatTyping); e.UserID != "a" || e.UserName != "Name of a" || e.RoomSlug != "general" {
			t.Errorf("%+v", e)
		}
		time.Sleep(typingEvery)
		a.ok(wire.TypeChatTyping, wire.ChatTyping{})
		if b.count(wire.TypeChatTyping) != 2 || a.count(wire.TypeChatTyping)+a2.count(wire.TypeChatTyping)+away.count(wire.TypeChatTyping) != 0 {
			t.Errorf("b was told %d times", b.count(wire.TypeChatTyping))
		}
	})
}

func TestActivity(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b, b2, guest := w.member("a"), w.member("b"), w.member("b"), w.connect("guest", wire.RoleGuest)
		a.join("general")
		b2.join("general")
		first := a.say("hi @b")
		if n := a.count(wire.TypeRoomsActivity) + b2.count(wire.TypeRoomsActivity); n != 0 {
			t.Errorf("%d rooms.activity to those who view the room", n)
		}
		want := wire.RoomsActivity{RoomID: "id-general", RoomSlug: "general", LastMessageID: first, LastSeq: 1, Unread: 1, Mentions: 1}
		if e := last[wire.RoomsActivity](b, wire.TypeRoomsActivity); e != want {
			t.Errorf("got %+v, want %+v", e, want)
		}
		// Soon after, it waits; then all at once.
		for range 5 {
			a.say("more")
		}
		newest := a.say("again @b")
		if n := b.count(wire.TypeRoomsActivity); n != 1 {
			t.Errorf("%d events at once", n)
		}
		time.Sleep(activityEvery)
		synctest.Wait()
		want = wire.RoomsActivity{RoomID: "id-general", RoomSlug: "general", LastMessageID: newest, LastSeq: 7, Unread: 7, Mentions: 2}
		if e := last[wire.RoomsActivity](b, wire.TypeRoomsActivity); e != want || b.count(wire.TypeRoomsActivity) != 2 {
			t.Errorf("got %+v, want %+v", e, want)
		}
		if e := last[wire.RoomsActivity](guest, wire.TypeRoomsActivity); e.Unread != 7 || e.Mentions != 0 {
			t.Errorf("the guest got %+v", e)
		}
		// Read on one socket, known on the other; and never back.
		b2.ok(wire.TypeChatRead, wire.ChatRead{MessageID: first})
		for _, p := range []*peer{b, b2} {
			if e := last[wire.RoomsActivity](p, wire.TypeRoomsActivity); e.ReadSeq != 1 || e.Unread != 6 || e.Mentions != 1 {
				t.Errorf("after reading: %+v", e)
			}
		}
		// Who comes now is told what he has not read, and nothing of what he has.
		if late := w.member("b"); last[wire.RoomsActivity](late, wire.TypeRoomsActivity).Unread != 6 {
			t.Error("a new socket was not told")
		}
		b.ok(wire.TypeChatRead, wire.ChatRead{MessageID: newest})
		b.ok(wire.TypeChatRead, wire.ChatRead{MessageID: first})
		if e := last[wire.RoomsActivity](b2, wire.TypeRoomsActivity); e.ReadSeq != 7 || e.Unread != 0 || e.Mentions != 0 {
			t.Errorf("after all: %+v", e)
		}
		if late := w.member("b"); late.count(wire.TypeRoomsActivity) != 0 {
			t.Error("a new socket was told of what was read")
		}
		// A deleted mention is none.
		gone := a.say("@guest")
		time.Sleep(activityEvery)
		synctest.Wait()
		if e := last[wire.RoomsActivity](guest, wire.TypeRoomsActivity); e.Mentions != 1 {
			t.Errorf("%+v", e)
		}
		a.ok(wire.TypeChatDelete, wire.ChatDelete{MessageID: gone})
		synctest.Wait()
		if e := last[wire.RoomsActivity](guest, wire.TypeRoomsActivity); e.Mentions != 0 || e.Unread != 8 {
			t.Errorf("after the deletion: %+v", e)
		}
		b.refused(wire.CodeMessageNotFound, wire.TypeChatRead, wire.ChatRead{MessageID: "none"})
		b.refused(wire.CodeValidation, wire.TypeChatRead, wire.ChatRead{})

		// Of a room that he may not see a guest learns nothing.
		a.join("staff")
		secret := a.say("@guest")
		time.Sleep(activityEvery)
		before := guest.count(wire.TypeRoomsActivity)
		guest.refused(wire.CodeMessageNotFound, wire.TypeChatRead, wire.ChatRead{MessageID: secret})
		if late := w.connect("guest", wire.RoleGuest); guest.count(wire.TypeRoomsActivity) != before || strings.Contains(string(late.text()), "staff") {
			t.Error("a guest learned of a private room")
		}
	})
}

// text is all that a peer was sent.
func (p *peer) text() (all []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.raw {
		all = append(all, f...)
	}
	return all
}

// Messages that wait for the database go to it together.
func TestChatGroups(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.member("a")
		a.join("general")
		w.history.block = make(chan struct{})
		for range 100 {
			a.send(wire.TypeChatSend, wire.ChatSend{Text: "x"})
		}
		close(w.history.block)
		synctest.Wait()
		if got := w.history.batches; len(got) != 3 || got[0] != 1 || got[1] != appendMost {
			t.Errorf("batches of %v", got)
		}
		if n := a.count(wire.TypeChatMessage); n != 100 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestPresenceStatusOfSeveralSockets(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		phone, desk, b := w.member("a"), w.member("a"), w.member("b")
		desk.join("general")
		status := func(want wire.PresenceStatus) {
			t.Helper()
			time.Sleep(presenceEvery)
			synctest.Wait()
			b.join("general")
			for _, u := range last[wire.RoomPresence](b, wire.TypeRoomPresence).Users {
				if u.UserID == "a" && u.Status != want {
					t.Errorf("he is %s, want %s", u.Status, want)
				}
			}
		}
		set := func(p *peer, s wire.PresenceStatus) { p.ok(wire.TypePresenceStatus, wire.SetStatus{Status: s}) }
		status(wire.StatusOnline)
		set(desk, wire.StatusIdle)
		status(wire.StatusOnline) // the phone is not
		set(phone, wire.StatusIdle)
		status(wire.StatusIdle)
		set(phone, wire.StatusDND)
		status(wire.StatusDND)
		set(desk, wire.StatusIdle)
		status(wire.StatusDND)
		set(phone, wire.StatusIdle) // who said dnd takes it back
		status(wire.StatusIdle)
		set(phone, wire.StatusDND)
		set(desk, wire.StatusOnline)
		status(wire.StatusOnline)
		set(desk, wire.StatusIdle)
		set(phone, wire.StatusIdle)
		status(wire.StatusIdle)
		tab := w.member("a")
		status(wire.StatusOnline)
		_ = tab.Close(1000, "")
		synctest.Wait()
		status(wire.StatusIdle)
	})
}
