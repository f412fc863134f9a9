package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bubble runs f in virtual time against a fake server, and closes what f
// leaves open.
func bubble(t *testing.T, f func(t *testing.T, srv *fake)) {
	synctest.Test(t, func(t *testing.T) { f(t, newFake(t)) })
}

func TestNackIsCodedError(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		defer c.Close()
		go func() { s.nack(s.want(wire.TypeRoomJoin), wire.CodeRoomNotFound) }()
		_, err := c.JoinRoom(t.Context(), "nowhere")
		var coded *wire.Error
		if !errors.As(err, &coded) || coded.Code != wire.CodeRoomNotFound || coded.RetryAfterMs != 7 {
			t.Fatalf("got %v", err)
		}
	})
}

func TestRequestEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Request(ctx, "x.y", struct{}{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		s.ack(s.want("x.y"), wire.Ack{}) // too late: nobody waits, nothing breaks
		go func() { s.ack(s.want("x.z"), wire.Ack{RoomID: "r"}) }()
		if a, err := c.Request(t.Context(), "x.z", struct{}{}); err != nil || a.RoomID != "r" {
			t.Fatalf("%v %v", a, err)
		}
	})
}

func TestHeartbeatGivesUpAfterTwo(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		defer c.Close()
		begin := time.Now()
		for i := range 3 { // answered ones do not count
			s.want(wire.TypePing)
			if got, want := time.Since(begin), time.Duration(i+1)*10*time.Second; got != want {
				t.Fatalf("ping %d after %s, want %s", i, got, want)
			}
			s.send(wire.TypePong, wire.Pong{}, 0)
		}
		<-s.closed
		if got := time.Since(begin); got != 60*time.Second {
			t.Errorf("given up after %s, want 60s: two pings unanswered for an interval", got)
		}
		wantState(t, c, StateConnected)
		wantState(t, c, StateReconnecting)
		n := srv.next()
		n.send(wire.TypeServerResumed, wire.Resumed{SessionID: "s1"}, 0)
		wantState(t, c, StateResumed)
	})
}

func TestResumeContinuesWithoutGapOrDouble(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		defer c.Close()
		go func() { s.ack(s.want(wire.TypeRoomJoin), wire.Ack{}) }()
		if _, err := c.JoinRoom(t.Context(), "general"); err != nil {
			t.Fatal(err)
		}
		s.event(wire.TypeChatMessage, wire.ChatMessage{RoomSeq: 1})
		s.event(wire.TypeChatMessage, wire.ChatMessage{RoomSeq: 2})
		// One message is on its way when the socket breaks.
		sent := make(chan wire.Ack, 1)
		go func() {
			a, err := c.SendChat(context.Background(), Chat{Text: "hello"})
			if err != nil {
				t.Error(err)
			}
			sent <- a
		}()
		first := s.want(wire.TypeChatSend)
		synctest.Wait()
		s.lose()

		n := srv.next()
		if n.query.Get("resume") != "s1" || n.query.Get("after") != "3" {
			t.Fatalf("resumed with %v", n.query)
		}
		n.send(wire.TypeServerResumed, wire.Resumed{SessionID: "s1", Replayed: 2}, 0)
		n.send(wire.TypeChatMessage, wire.ChatMessage{RoomSeq: 2}, 3) // again: to be ignored
		n.send(wire.TypeChatMessage, wire.ChatMessage{RoomSeq: 3}, 4)
		second := n.want(wire.TypeChatSend)
		if second.IdempotencyKey == "" || second.IdempotencyKey != first.IdempotencyKey {
			t.Fatalf("sent again under %q, first under %q", second.IdempotencyKey, first.IdempotencyKey)
		}
		n.ack(second, wire.Ack{MessageID: "m", Duplicate: true})
		if a := <-sent; a.MessageID != "m" || !a.Duplicate {
			t.Fatalf("%+v", a)
		}
		synctest.Wait()
		var seqs []int64
		for len(c.Events()) > 0 {
			if m, ok := (<-c.Events()).Payload.(*wire.ChatMessage); ok {
				seqs = append(seqs, m.RoomSeq)
			}
		}
		if len(seqs) != 3 || seqs[0] != 1 || seqs[1] != 2 || seqs[2] != 3 {
			t.Errorf("messages %v, want 1 2 3 once each", seqs)
		}
		if g := c.Stats().Gaps; g != 0 {
			t.Errorf("%d gaps", g)
		}
	})
}

func TestNewSessionJoinsRoomBeforeAnythingElse(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		defer c.Close()
		go func() { s.ack(s.want(wire.TypeRoomJoin), wire.Ack{}) }()
		if _, err := c.JoinRoom(t.Context(), "general"); err != nil {
			t.Fatal(err)
		}
		s.lose()
		done := make(chan error, 1)
		go func() {
			_, err := c.SendChat(context.Background(), Chat{Text: "while away"})
			done <- err
		}()
		n := srv.next()
		n.ready("s2")
		n.ack(n.want(wire.TypeRoomJoin), wire.Ack{})
		n.ack(n.want(wire.TypeChatSend), wire.Ack{})
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if c.Session().SessionID != "s2" {
			t.Errorf("session %q", c.Session().SessionID)
		}
		n.lose()
		if q := srv.next().query; q.Get("resume") != "s2" || q.Get("after") != "1" {
			t.Errorf("resumed with %v", q)
		}
	})
}

func TestRoomThatIsGoneIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		defer c.Close()
		go func() { s.ack(s.want(wire.TypeRoomJoin), wire.Ack{}) }()
		if _, err := c.JoinRoom(t.Context(), "general"); err != nil {
			t.Fatal(err)
		}
		s.lose()
		n := srv.next()
		n.ready("s2")
		n.nack(n.want(wire.TypeRoomJoin), wire.CodeRoomNotFound)
		wantState(t, c, StateConnected)
		wantState(t, c, StateReconnecting)
		wantState(t, c, StateConnected)
		if ch := wantState(t, c, StateRoomLost); ch.Err == nil {
			t.Error("no reason")
		}
	})
}

func TestUnansweredRequestIsLost(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		defer c.Close()
		go func() { s.want(wire.TypeRoomLeave); s.lose() }()
		if err := c.LeaveRoom(t.Context()); !errors.Is(err, ErrLost) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestServerEndsItForGood(t *testing.T) {
	for _, code := range []int{wire.CloseSessionReplaced, wire.CloseKicked, wire.CloseBanned} {
		bubble(t, func(t *testing.T, srv *fake) {
			c, s := srv.connect()
			go func() { _ = s.ws.Close(websocket.StatusCode(code), "") }()
			<-c.Done()
			var ended *EndedError
			if !errors.As(c.Err(), &ended) || ended.Code != code {
				t.Errorf("%d: %v", code, c.Err())
			}
			if _, err := c.Request(t.Context(), "x", nil); !errors.As(err, &ended) {
				t.Errorf("request: %v", err)
			}
			_ = c.Close()
		})
	}
}

func TestHandshakeRefusal(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, err := New("http://fake", WithHTTPClient(srv.client))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			s := srv.next()
			s.send(wire.TypeError, wire.ErrorPayload{Code: wire.CodeInvalidTicket, Message: "used"}, 0)
			_ = s.ws.Close(wire.CloseInvalidTicket, "")
		}()
		_, err = c.Connect(t.Context())
		var coded *wire.Error
		if !errors.As(err, &coded) || coded.Code != wire.CodeInvalidTicket {
			t.Fatalf("got %v", err)
		}
	})
}

func TestReconnectKeepsTryingWithinItsBounds(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect(WithBackoff(Backoff{Min: time.Second, Max: 8 * time.Second, Rand: func() float64 { return 1 }}))
		defer c.Close()
		time.Sleep(steady)
		s.lose()
		at := time.Now()
		for i, want := range []time.Duration{1, 2, 4, 8, 8} {
			n := srv.next()
			if got := time.Since(at); got != want*time.Second {
				t.Errorf("attempt %d after %s, want %ds", i, got, want)
			}
			at = time.Now()
			n.lose() // before it is ready
		}
		srv.next().ready("s9")
		wantState(t, c, StateConnected)
		wantState(t, c, StateReconnecting)
		wantState(t, c, StateConnected)
	})
}

func TestNobodyReadsEvents(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		defer c.Close()
		for range eventQueue + 100 {
			s.event(wire.TypeChatMessage, wire.ChatMessage{})
		}
		go func() { s.ack(s.want("x"), wire.Ack{}) }()
		if _, err := c.Request(t.Context(), "x", nil); err != nil {
			t.Fatal(err)
		}
		if d := c.Stats().Dropped; d != 102 { // the state and server.ready were first
			t.Errorf("%d dropped, want 102", d)
		}
	})
}

func TestCloseEndsWaitingRequests(t *testing.T) {
	bubble(t, func(t *testing.T, srv *fake) {
		c, s := srv.connect()
		done := make(chan error, 1)
		go func() {
			_, err := c.SendChat(context.Background(), Chat{Text: "x"})
			done <- err
		}()
		s.want(wire.TypeChatSend)
		_ = c.Close()
		if err := <-done; !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		<-s.closed
		if websocket.CloseStatus(s.err) != websocket.StatusNormalClosure {
			t.Errorf("the server saw %v", s.err)
		}
	})
}
