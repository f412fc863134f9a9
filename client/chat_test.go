package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// joined is a connection that is in general.
func joined(t *testing.T, srv *fake, opts ...Option) (*Conn, *fakeSocket) {
	t.Helper()
	c, s := srv.connect(opts...)
	go func() { s.ack(s.want(wire.TypeRoomJoin), wire.Ack{}) }()
	if _, err := c.JoinRoom(t.Context(), "general"); err != nil {
		t.Fatal(err)
	}
	return c, s
}

func TestChatRequests(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := joined(t, srv)
		defer c.Close()
		for _, x := range []struct {
			do            func() (wire.Ack, error)
			typ, payload  string
			messageWanted bool
		}{
			{func() (wire.Ack, error) { return c.SendChat(t.Context(), Chat{Text: "a", ReplyTo: "m0"}) }, wire.TypeChatSend, `{"text":"a","replyTo":"m0"}`, true},
			{func() (wire.Ack, error) { return c.EditChat(t.Context(), "m1", "b") }, wire.TypeChatEdit, `{"messageId":"m1","text":"b"}`, true},
			{func() (wire.Ack, error) { return c.DeleteChat(t.Context(), "m1") }, wire.TypeChatDelete, `{"messageId":"m1"}`, true},
			{func() (wire.Ack, error) { return c.React(t.Context(), "m1", "👍", true) }, wire.TypeChatReact, `{"messageId":"m1","emoji":"👍","on":true}`, true},
			{func() (wire.Ack, error) { return c.MarkRead(t.Context(), "m1") }, wire.TypeChatRead, `{"messageId":"m1"}`, true},
		} {
			go func() {
				q := s.want(x.typ)
				if string(q.Payload) != x.payload {
					t.Errorf("%s %s, want %s", q.Type, q.Payload, x.payload)
				}
				s.ack(q, wire.Ack{MessageID: "m1"})
			}()
			if a, err := x.do(); err != nil || a.MessageID != "m1" {
				t.Errorf("%s: %+v %v", x.typ, a, err)
			}
		}
		c.Typing()
		if q := s.want(wire.TypeChatTyping); q.RequestID != "" {
			t.Errorf("typing wants an answer: %+v", q)
		}
	})
}

// What is sent while there is no socket comes in its order, each under its own
// key, after the room, and the queue has a bound.
func TestQueueWhileReconnecting(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := joined(t, srv)
		defer c.Close()
		var done []string
		keep := func(key string) func(wire.Ack, error) {
			return func(a wire.Ack, err error) {
				if err != nil {
					t.Errorf("%s: %v", key, err)
				}
				done = append(done, key)
			}
		}
		const before = 3 // on their way when the socket breaks
		queue := func(i int) error {
			key := fmt.Sprint("k", i)
			return c.QueueChat(t.Context(), Chat{Text: key, Key: key}, keep(key))
		}
		for i := range before {
			if err := queue(i); err != nil {
				t.Fatal(err)
			}
		}
		edited := make(chan error, 1)
		go func() { _, err := c.EditChat(context.Background(), "m1", "x"); edited <- err }()
		for range before + 1 {
			<-s.in
		}
		s.lose()
		wantState(t, c, StateConnected)
		wantState(t, c, StateReconnecting)
		if c.State() != StateReconnecting {
			t.Errorf("state %s", c.State())
		}
		for i := before; i < maxInFlight-1; i++ { // one place is the edit's
			if err := queue(i); err != nil {
				t.Fatal(err)
			}
		}
		if err := queue(maxInFlight); !errors.Is(err, ErrBusy) {
			t.Fatalf("over the bound: %v", err)
		}
		c.Typing() // of no use later
		n := srv.next()
		n.ready("s2")
		n.ack(n.want(wire.TypeRoomJoin), wire.Ack{})
		for i := range maxInFlight {
			typ, want := wire.TypeChatSend, i
			if i == before {
				typ = wire.TypeChatEdit
			} else if i > before {
				want--
			}
			q := n.want(typ)
			if typ == wire.TypeChatSend && q.IdempotencyKey != fmt.Sprint("k", want) {
				t.Fatalf("place %d has %q, want k%d", i, q.IdempotencyKey, want)
			}
			n.ack(q, wire.Ack{})
		}
		if err := <-edited; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(done) != maxInFlight-1 {
			t.Errorf("%d answered", len(done))
		}
		if c.State() != StateConnected {
			t.Errorf("state %s", c.State())
		}
	})
}

func TestClosingEndsTheQueue(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := joined(t, srv)
		s.lose()
		wantState(t, c, StateConnected)
		wantState(t, c, StateReconnecting)
		got := make(chan error, 1)
		if err := c.QueueChat(t.Context(), Chat{Text: "x"}, func(_ wire.Ack, err error) { got <- err }); err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		if err := <-got; !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		if err := c.QueueChat(t.Context(), Chat{Text: "y"}, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		if c.State() != StateClosed {
			t.Errorf("state %s", c.State())
		}
	})
}

// The room of a new session is joined again also when the socket is lost
// before the answer, and when the server cannot just then.
func TestRoomIsJoinedUntilItIsAnswered(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := joined(t, srv)
		defer c.Close()
		s.lose()
		n := srv.next()
		n.ready("s2")
		n.want(wire.TypeRoomJoin)
		n.lose() // no answer
		n = srv.next()
		n.send(wire.TypeServerResumed, wire.Resumed{SessionID: "s2"}, 0)
		begin := time.Now()
		n.nack(n.want(wire.TypeRoomJoin), wire.CodeInternal)
		<-n.closed
		n = srv.next()
		if time.Since(begin) < 100*time.Millisecond {
			t.Error("came again at once")
		}
		n.send(wire.TypeServerResumed, wire.Resumed{SessionID: "s2"}, 0)
		n.ack(n.want(wire.TypeRoomJoin), wire.Ack{})
		synctest.Wait()
		n.lose()
		n = srv.next()
		n.send(wire.TypeServerResumed, wire.Resumed{SessionID: "s2"}, 0)
		go func() { _, _ = c.Request(context.Background(), "x", nil) }()
		n.want("x") // and not the room
	})
}
