package signaling

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Whatever is wrong with a message, the connection and the room stay.
func TestBadInput(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.member("a"), w.member("b")
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		b.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		b.fresh()
		for _, c := range []struct{ raw, typ, code, says string }{
			{`{`, wire.TypeError, "ValidationError", "not JSON"},
			{``, wire.TypeError, "ValidationError", "not JSON"},
			{`[1]`, wire.TypeError, "ValidationError", "expected an object, got array"},
			{`null`, wire.TypeError, "ValidationError", "type"},
			{`{"type":"ping","requestId":5}`, wire.TypeError, "ValidationError", "requestId: expected a string, got number"},
			{`{"type":"ping","requestId":"` + strings.Repeat("x", 129) + `"}`, wire.TypeError, "ValidationError", "requestId"},
			{`{"type":"call.offer","requestId":"r","payload":{"signal":{"sdp":"` + "\xff" + `"}}}`, wire.TypeError, "ValidationError", "UTF-8"},
			{`{"type":"call.video_state","requestId":"r","payload":{"settings":{"x":"` + "\xff" + `"}}}`, wire.TypeError, "ValidationError", "UTF-8"},
			{`{"type":5,"requestId":"r"}`, wire.TypeNack, "ValidationError", "type: expected a string"},
			{`{"requestId":"r"}`, wire.TypeNack, "ValidationError", "type"},
			{`{"type":"nope","requestId":"r"}`, wire.TypeNack, "UnknownEvent", "nope"},
			{`{"type":"` + strings.Repeat("é", 100) + `","requestId":"r"}`, wire.TypeNack, "UnknownEvent", ""},
			{`{"type":"voice.moderate","requestId":"r","payload":{}}`, wire.TypeNack, "UnknownEvent", ""},
			{`{"type":"room.join","requestId":"r","payload":{"roomSlug":7}}`, wire.TypeNack, "ValidationError", "roomSlug: expected a string, got number"},
			{`{"type":"room.join","requestId":"r","payload":"general"}`, wire.TypeNack, "ValidationError", "payload: expected an object, got string"},
			{`{"type":"room.join","requestId":"r","payload":{"roomSlug":"No Slug"}}`, wire.TypeNack, "ValidationError", "roomSlug"},
			{`{"type":"room.join","requestId":"r"}`, wire.TypeNack, "ValidationError", "roomSlug"},
			{`{"type":"room.join","requestId":"r","payload":{"roomSlug":"unknown"}}`, wire.TypeNack, "RoomNotFound", ""},
			{`{"type":"voice.join","requestId":"r","payload":{"roomSlug":"unknown"}}`, wire.TypeNack, "RoomNotFound", ""},
			{`{"type":"chat.send","requestId":"r","idempotencyKey":"` + strings.Repeat("k", 129) + `","payload":{"text":"x"}}`, wire.TypeNack, "ValidationError", "idempotencyKey"},
			{`{"type":"sfu.offer","requestId":"r","payload":{"epoch":-1}}`, wire.TypeNack, "ValidationError", "epoch"},
			{`{"type":"call.video_state","requestId":"r","payload":{"settings":[]}}`, wire.TypeNack, "ValidationError", "settings"},
			{`{"type":"voice.stats","requestId":"r","payload":{"lossPct":101}}`, wire.TypeNack, "ValidationError", "lossPct"},
		} {
			a.fresh()
			a.write(c.raw)
			got := a.fresh()
			if len(got) != 1 || got[0].Type != c.typ || !strings.Contains(string(got[0].Payload), c.code) || !strings.Contains(string(got[0].Payload), c.says) {
				t.Errorf("%.80s: got %+v", c.raw, got)
			}
		}
		a.fresh()
		a.write(`{"type":"nope"}`)
		a.write(`{"type":"room.leave","payload":{"x":[1]}}`)
		a.write(`{"type":"room.join","payload":{"roomSlug":"general"}}`)
		if types := a.types(); slices.Contains(types, wire.TypeAck) || slices.Contains(types, wire.TypeNack) {
			t.Errorf("answers to requests without an id: %v", types)
		}
		if n := b.count(wire.TypePresenceLeft); n != 1 { // from room.leave only
			t.Errorf("b saw %d leave", n)
		}
		a.ok(wire.TypeChatSend, wire.ChatSend{Text: "still here"})
	})
}

func TestRateLimits(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, a2, b := w.member("a"), w.member("a"), w.member("b")
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		for range int(allowances[classChat].burst) {
			a.ok(wire.TypeChatSend, wire.ChatSend{Text: "x"})
		}
		n := a.refused(wire.CodeRateLimited, wire.TypeChatSend, wire.ChatSend{Text: "x"})
		if n.RetryAfterMs <= 0 || n.RetryAfterMs > 1000 {
			t.Errorf("retryAfterMs %d", n.RetryAfterMs)
		}
		a2.refused(wire.CodeRateLimited, wire.TypeChatSend, wire.ChatSend{Text: "another tab"})
		b.ok(wire.TypePing, nil)
		a.ok(wire.TypePing, nil) // another class
		time.Sleep(time.Duration(n.RetryAfterMs) * time.Millisecond)
		a.ok(wire.TypeChatSend, wire.ChatSend{Text: "x"})

		for i := 0; i < 1000 && b.closeCode() == 0; i++ {
			select {
			case b.in <- []byte(`{"type":"flood"}`):
			case <-b.closed:
			}
			synctest.Wait()
		}
		if b.closeCode() != wire.CloseRateLimited {
			t.Errorf("the flooder's code is %d", b.closeCode())
		}
		if e := last[wire.ErrorPayload](b, wire.TypeError); e.Code != wire.CodeRateLimited {
			t.Errorf("%+v", e)
		}
	}, func(c *Config) { c.Limits.Rate = 1 })
}

// FuzzHandle sends two messages of anybody's making: nothing panics, and the
// socket goes on answering.
func FuzzHandle(f *testing.F) {
	for _, s := range []string{
		`{`, `[]`, `null`, `{"type":"ping","requestId":"r"}`, `{"type":5}`,
		`{"type":"room.join","requestId":"r","payload":{"roomSlug":"general"}}`,
		`{"type":"chat.send","requestId":"r","idempotencyKey":"k","payload":{"text":"hi","replyTo":null}}`,
		`{"type":"chat.edit","requestId":"r","payload":{"messageId":"m1","text":"x"}}`,
		`{"type":"chat.delete","requestId":"r","payload":{"messageId":"m1"}}`,
		`{"type":"chat.react","requestId":"r","payload":{"messageId":"m1","emoji":"👍","on":true}}`,
		`{"type":"chat.read","requestId":"r","payload":{"messageId":"m1"}}`,
		`{"type":"chat.typing","requestId":"r"}`,
		`{"type":"voice.join","requestId":"r","payload":{"roomSlug":"general","muted":true,"p2p":true}}`,
		`{"type":"sfu.offer","requestId":"r","payload":{"epoch":1,"sdp":"v=0","tracks":[{"mid":"0","source":"mic"}]}}`,
		`{"type":"sfu.ice","requestId":"r","payload":{"epoch":1,"candidate":null}}`,
		`{"type":"call.mic_state","requestId":"r","payload":{"muted":true,"speaking":false,"audioMuted":false}}`,
		`{"type":"call.video_state","requestId":"r","payload":{"settings":{"a":[{}]}}}`,
		`{"type":"call.offer","requestId":"r","payload":{"targetUserId":"b","signal":{"sdp":"x"},"epoch":3}}`,
		`{"type":"call.failed","requestId":"r","payload":{"targetUserId":"b","reason":"x","epoch":3}}`,
		`{"type":"voice.ignore","requestId":"r","payload":{"userIds":["a"]}}`,
		`{"type":"voice.stage","requestId":"r","payload":{"userIds":["a"]}}`,
		`{"type":"voice.stats","requestId":"r","payload":{"rttMs":1e3}}`,
		`{"type":"presence.status","requestId":"r","payload":{"status":"dnd"}}`,
	} {
		f.Add([]byte(`{"type":"voice.join","payload":{"roomSlug":"general"}}`), []byte(s))
		f.Add([]byte(`{"type":"room.join","payload":{"roomSlug":"general"}}`), []byte(s))
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		w := newWorld(t)
		p := newPipe()
		served := make(chan error, 1)
		go func() {
			served <- w.hub.Serve(context.Background(), p, Caller{User: wire.User{ID: "a", Name: "A", Role: wire.RoleMember}})
		}()
		for _, m := range [][]byte{one, two, []byte(`{"type":"ping","requestId":"last"}`)} {
			p.in <- m
		}
		p.in <- []byte(`{"type":"ping"}`) // the one before has been handled
		w.close()
		<-served
		for _, frame := range p.raw {
			if strings.Contains(string(frame), `"requestId":"last"`) {
				return
			}
		}
		t.Fatal("the socket does not answer any more")
	})
}
