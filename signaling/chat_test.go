package signaling

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestChat(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b, away := w.member("a"), w.connect("b", wire.RoleGuest), w.member("away")
		a.refused(wire.CodeNoActiveRoom, wire.TypeChatSend, wire.ChatSend{Text: "hi"})
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		b.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		away.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "other"})
		ack := a.ok(wire.TypeChatSend, wire.ChatSend{Text: "hi"}, "key")
		got := last[wire.ChatMessage](b, wire.TypeChatMessage)
		if ack.MessageID != got.ID || ack.IdempotencyKey != "key" || ack.Duplicate || got.RoomSeq != 1 || got.SenderRequestID != ack.RequestID || got.RoomSlug != "general" {
			t.Errorf("ack %+v, message %+v", ack, got)
		}

		// Again, with another text and from another room: the first message, to the sender only.
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "other"})
		again := a.ok(wire.TypeChatSend, wire.ChatSend{Text: "other"}, "key")
		if !again.Duplicate || again.MessageID != ack.MessageID {
			t.Errorf("duplicate: %+v", again)
		}
		if m := last[wire.ChatMessage](a, wire.TypeChatMessage); !reflect.DeepEqual(m, got) {
			t.Errorf("the sender got %+v, want %+v", m, got)
		}
		if b.count(wire.TypeChatMessage) != 1 || away.count(wire.TypeChatMessage) != 0 {
			t.Error("others were sent the duplicate")
		}

		for _, text := range []string{"", " \n\t ", strings.Repeat("ы", 4001), "a\x00b"} {
			a.refused(wire.CodeValidation, wire.TypeChatSend, wire.ChatSend{Text: text})
		}
		a.ok(wire.TypeChatSend, wire.ChatSend{Text: strings.Repeat("ы", 4000)})

		w.history.err = wire.E(wire.CodeMessageNotFound, "replyTo: not in this room")
		a.refused(wire.CodeMessageNotFound, wire.TypeChatSend, wire.ChatSend{Text: "x"})
		w.history.err = errors.New("disk full")
		if n := a.refused(wire.CodeInternal, wire.TypeChatSend, wire.ChatSend{Text: "x"}); strings.Contains(n.Message, "disk") {
			t.Errorf("the cause reached the client: %+v", n)
		}
		a.checkSeq()
	})
}

// Messages that cannot be stored fast enough are refused, not kept waiting
// without bound, and nobody's room stops.
func TestChatQueueIsBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.member("a")
		a.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
		w.history.block = make(chan struct{})
		for range appendQueue + 1 {
			a.send(wire.TypeChatSend, wire.ChatSend{Text: "x"})
		}
		if n := a.refused(wire.CodeRateLimited, wire.TypeChatSend, wire.ChatSend{Text: "x"}); n.RetryAfterMs == 0 {
			t.Errorf("%+v", n)
		}
		a.ok(wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: "general"})
		close(w.history.block)
		synctest.Wait()
		if n := a.count(wire.TypeChatMessage); n != appendQueue+1 {
			t.Errorf("%d messages", n)
		}
		if w.hub.Stats().ChatRefused != 1 {
			t.Error("the refusal was not counted")
		}
	})
}

// Many senders at once: every socket sees the same messages in the same order,
// roomSeq without a gap, seq without a gap, one answer a request.
func TestChatOrder(t *testing.T) {
	// No more than may wait, so that none is refused however slow the appender.
	const senders, each = 8, appendQueue / 8
	inWorld(t, func(t *testing.T, w *world) {
		var peers []*peer
		for i := range senders {
			p := w.member(fmt.Sprintf("u%d", i))
			p.ok(wire.TypeRoomJoin, wire.RoomJoin{RoomSlug: "general"})
			peers = append(peers, p)
		}
		for _, p := range peers {
			go func() {
				for i := range each {
					b, _ := json.Marshal(wire.Request{
						Type: wire.TypeChatSend, RequestID: fmt.Sprint("r", i), IdempotencyKey: fmt.Sprint(i),
						Payload: json.RawMessage(fmt.Sprintf(`{"text":"%s %d"}`, p.user.ID, i)),
					})
					p.in <- b
				}
			}()
		}
		synctest.Wait()
		var order []string
		for n, p := range peers {
			p.checkSeq()
			var got []string
			acks := 0
			next := map[string]int{}
			for _, f := range p.all() {
				if f.Type == wire.TypeAck {
					acks++
				}
				if f.Type != wire.TypeChatMessage {
					continue
				}
				var m wire.ChatMessage
				if err := json.Unmarshal(f.Payload, &m); err != nil {
					t.Fatal(err)
				}
				got = append(got, m.ID)
				if m.RoomSeq != int64(len(got)) {
					t.Fatalf("roomSeq %d at place %d", m.RoomSeq, len(got))
				}
				if want := fmt.Sprint(m.UserID, " ", next[m.UserID]); m.Text != want {
					t.Fatalf("got %q, want %q", m.Text, want)
				}
				next[m.UserID]++
			}
			if acks != each+1 || len(got) != senders*each {
				t.Fatalf("%s: %d acks, %d messages", p.user.ID, acks, len(got))
			}
			if n == 0 {
				order = got
			}
			if fmt.Sprint(order) != fmt.Sprint(got) {
				t.Fatalf("%s saw another order", p.user.ID)
			}
		}
	})
}
