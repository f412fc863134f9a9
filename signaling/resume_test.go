package signaling

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// back connects a lost peer's client again, asking to go on after what it has.
func (p *peer) back(after uint64, change ...func(*Caller)) *peer {
	p.t.Helper()
	n := &peer{pipe: newPipe(), w: p.w, t: p.t, user: p.user, n: p.n + 1000, err: make(chan error, 1)}
	c := Caller{User: p.user, Host: "host", Resume: p.sessionID(), After: after}
	for _, f := range change {
		f(&c)
	}
	go func() { n.err <- p.w.hub.Serve(context.Background(), n, c) }()
	synctest.Wait()
	return n
}

func (p *peer) sessionID() string {
	p.t.Helper()
	var r wire.Ready // server.resumed names it alike
	if err := json.Unmarshal(p.all()[0].Payload, &r); err != nil {
		p.t.Fatal(err)
	}
	return r.SessionID
}

// newest is the seq of the last event that the peer has.
func (p *peer) newest() (seq uint64) {
	for _, f := range p.all() {
		seq = max(seq, f.Seq)
	}
	return seq
}

func TestResumeReplaysAndKeepsEverything(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		for _, p := range []*peer{a, b} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
			p.talk("general", false)
		}
		time.Sleep(time.Second)
		had := a.newest()
		a.lose()
		b.fresh()
		b.ok(wire.TypeChatSend, wire.ChatSend{Text: "one"})
		b.ok(wire.TypeChatSend, wire.ChatSend{Text: "two"})
		time.Sleep(20 * time.Second)
		c := a.back(had)
		r := last[wire.Resumed](c, wire.TypeServerResumed)
		if c.all()[0].Type != wire.TypeServerResumed || c.all()[0].Seq != 0 || r.Replayed != len(c.all())-1 {
			t.Errorf("first %+v, replayed %d of %d", c.all()[0], r.Replayed, len(c.all())-1)
		}
		for i, f := range c.all()[1:] {
			if f.Seq != had+uint64(i)+1 {
				t.Errorf("event %d has seq %d, want %d", i, f.Seq, had+uint64(i)+1)
			}
		}
		if n := c.count(wire.TypeChatMessage); n != 2 {
			t.Errorf("%d messages replayed, want 2", n)
		}
		for _, f := range b.all() {
			if f.Type == wire.TypePresenceLeft || f.Type == wire.TypeVoiceParticipantLeft {
				t.Errorf("b was told %s", f.Type)
			}
		}
		c.ok(wire.TypeChatSend, wire.ChatSend{Text: "still in the room"})
		c.ok(wire.TypeCallMicState, wire.MicState{Muted: true})
	})
}

func TestAClientThatDoesNotComeBackIsPutOut(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		for _, p := range []*peer{a, b} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
			p.talk("general", false)
		}
		a.lose()
		window := w.hub.cfg.Realtime.resumeWindow()
		time.Sleep(window - time.Second)
		if b.count(wire.TypeVoiceParticipantLeft) != 0 || b.count(wire.TypePresenceLeft) != 0 {
			t.Error("a was put out within the window")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if l := last[wire.VoiceParticipantLeft](b, wire.TypeVoiceParticipantLeft); l.UserID != "a" || l.Reason != wire.LeaveDisconnected {
			t.Errorf("told %+v", l)
		}
		if b.count(wire.TypePresenceLeft) != 1 {
			t.Error("a is still said to be present")
		}
		c := a.back(a.newest())
		if c.all()[0].Type != wire.TypeServerReady || c.sessionID() == a.sessionID() {
			t.Errorf("after the window: %+v", c.all()[0])
		}
	})
}

func TestNoResume(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Caller)
		keeps  bool // the session that was asked for goes on waiting
	}{
		{"another user", func(c *Caller) { c.User.ID = "mallory" }, true},
		{"unknown session", func(c *Caller) { c.Resume = "no such" }, true},
		{"of the future", func(c *Caller) { c.After = 1 << 40 }, false},
		{"another role since", func(c *Caller) { c.User.Role = wire.RoleGuest }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a, b := w.member("a"), w.member("b")
				b.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
				a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
				a.lose()
				n := a.back(a.newest(), c.change)
				if n.all()[0].Type != wire.TypeServerReady {
					t.Fatalf("got %s", n.all()[0].Type)
				}
				if left := b.count(wire.TypePresenceLeft) == 1; left == c.keeps {
					t.Errorf("a was put out: %v, want %v", left, !c.keeps)
				}
			})
		})
	}
}

func TestEventsThatAreGoneCannotBeResumed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		for _, p := range []*peer{a, b} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		}
		had := a.newest()
		a.lose()
		for i := range 40 {
			b.ok(wire.TypeChatSend, wire.ChatSend{Text: fmt.Sprint(i)})
		}
		if c := a.back(had); c.all()[0].Type != wire.TypeServerReady {
			t.Errorf("got %s", c.all()[0].Type)
		}
	}, func(c *Config) { c.Realtime.QueueFrames = 16 })
}

// A client that tells what it has heard resumes from there; one that claims to
// have heard what was never sent is told so, and loses nothing.
func TestResumeAfterAPingThatTellsWhatWasHeard(t *testing.T) {
	for _, c := range []struct {
		name     string
		before   uint64 // how far before what was said to be heard the client resumes
		first    string
		messages int // that it gets again
	}{
		{"from there", 0, wire.TypeServerResumed, 2},
		{"from before", 1, wire.TypeServerReady, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a, b := w.member("a"), w.member("b")
				for _, p := range []*peer{a, b} {
					p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
				}
				time.Sleep(time.Second)
				had := a.newest()
				if n := a.refused(wire.CodeValidation, wire.TypePing, wire.Ping{Seq: had + 1000}); len(n.Issues) != 1 || n.Issues[0].Field != "seq" {
					t.Errorf("of a seq that there was not: %+v", n)
				}
				a.ok(wire.TypePing, wire.Ping{Seq: had})
				b.ok(wire.TypeChatSend, wire.ChatSend{Text: "one"})
				a.lose()
				b.ok(wire.TypeChatSend, wire.ChatSend{Text: "two"})
				back := a.back(had - c.before)
				if back.all()[0].Type != c.first || back.count(wire.TypeChatMessage) != c.messages {
					t.Errorf("want %s and %d messages: %+v", c.first, c.messages, back.all())
				}
			})
		})
	}
}

func TestResumeTakesTheSocketOfASilentOne(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.member("a")
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		c := a.back(a.newest())
		if c.all()[0].Type != wire.TypeServerResumed {
			t.Fatalf("got %s", c.all()[0].Type)
		}
		if code := a.closeCode(); code != wire.CloseSessionReplaced {
			t.Errorf("the old socket was closed with %d", code)
		}
		c.ok(wire.TypeChatSend, wire.ChatSend{Text: "hello"})
		c.lose()
		if d := c.back(c.newest()); d.all()[0].Type != wire.TypeServerResumed {
			t.Errorf("the second time: %s", d.all()[0].Type)
		}
	})
}

// A handshake that was given up long ago may arrive after the client's next
// one: it does not get the session, and nobody hears of it.
func TestAnOldResumeThatComesLate(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		b.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		had := a.newest()
		a.lose()
		c := a.back(had, func(c *Caller) { c.Attempt = 3 })
		late := a.back(0, func(c *Caller) { c.Attempt = 2 })
		if first := late.all()[0].Type; first != wire.TypeServerReady {
			t.Errorf("the late one got %s", first)
		}
		if code := c.closeCode(); code != 0 {
			t.Errorf("the newer one was closed with %d", code)
		}
		c.ok(wire.TypeChatSend, wire.ChatSend{Text: "still here"})
		late.lose()
		if n := b.count(wire.TypePresenceLeft); n != 0 {
			t.Errorf("b heard of %d who left", n)
		}
		c.lose()
		if d := c.back(c.newest(), func(c *Caller) { c.Attempt = 4 }); d.all()[0].Type != wire.TypeServerResumed {
			t.Errorf("the third time: %s", d.all()[0].Type)
		}
	})
}

// lingering is a socket whose reader ends some time after the socket.
type lingering struct {
	*peer
	hold chan struct{}
}

func (l lingering) Read() ([]byte, error) {
	b, err := l.peer.Read()
	if err != nil {
		<-l.hold
	}
	return b, err
}

// While a resume waits for the last socket to let go, its own socket may die
// and the client come again: that one gets the session.
func TestResumeWhileAnotherWaits(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.member("a")
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		had := a.newest()
		slow := lingering{&peer{pipe: newPipe(), w: w, t: t, user: a.user, n: 500, err: make(chan error, 1)}, make(chan struct{})}
		go func() {
			slow.err <- w.hub.Serve(context.Background(), slow, Caller{User: a.user, Host: "host", Resume: a.sessionID(), After: had})
		}()
		synctest.Wait()
		first := slow.back(had) // waits for slow's reader
		first.lose()
		second := slow.back(had)
		third := slow.back(had)
		if n := len(first.all()) + len(second.all()) + len(third.all()); n != 0 {
			t.Fatalf("%d events before the last socket has let go", n)
		}
		close(slow.hold)
		synctest.Wait()
		if second.all()[0].Type != wire.TypeServerReady {
			t.Errorf("one that was overtaken got %v", second.types())
		}
		if third.all()[0].Type != wire.TypeServerResumed || third.closeCode() != 0 {
			t.Errorf("the newest got %v, closed with %d", third.types(), third.closeCode())
		}
	})
}

func TestAWaitingSessionCanBeKickedAndDrained(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		for _, p := range []*peer{a, b} {
			p.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"})
		}
		a.lose()
		w.hub.DisconnectUser("a", wire.CloseKicked)
		synctest.Wait()
		if l := last[wire.VoiceParticipantLeft](b, wire.TypeVoiceParticipantLeft); l.Reason != wire.LeaveKicked {
			t.Errorf("reason %s, want kicked", l.Reason)
		}
		b.lose() // waits while the hub closes, which finds nothing left
	})
}

// TestManyLossesLoseNothing cuts a reader at random moments amid a stream of
// messages: over all its sockets it gets every event once and in order.
func TestManyLossesLoseNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		r := rand.New(rand.NewPCG(3, 4))
		a, b := w.member("a"), w.member("b")
		for _, p := range []*peer{a, b} {
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		}
		var events []wire.Event
		collect := func(p *peer) {
			for _, f := range p.all() {
				if f.Seq != 0 {
					events = append(events, f)
				}
			}
		}
		for i := range 300 {
			b.ok(wire.TypeChatSend, wire.ChatSend{Text: fmt.Sprint(i)})
			if r.IntN(6) == 0 {
				had := max(a.newest(), uint64(len(events)))
				a.lose()
				time.Sleep(time.Duration(r.IntN(5)) * time.Second)
				collect(a)
				a = a.back(had)
			}
		}
		collect(a)
		messages := 0
		for i, f := range events {
			if f.Seq != uint64(i)+1 {
				t.Fatalf("event %d has seq %d", i, f.Seq)
			}
			if f.Type == wire.TypeChatMessage {
				messages++
			}
		}
		if messages != 300 {
			t.Errorf("%d messages, want 300", messages)
		}
	})
}
