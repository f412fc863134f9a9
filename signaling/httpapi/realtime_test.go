package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (s *stand) dial(query string, header http.Header) (*websocket.Conn, *http.Response, error) {
	return websocket.Dial(within(s.t), strings.Replace(s.url, "http", "ws", 1)+"/v1/realtime/ws"+query, &websocket.DialOptions{HTTPHeader: header})
}

func (s *stand) socket(query string) *websocket.Conn {
	s.t.Helper()
	c, _, err := s.dial(query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// closedWith reads until the socket closes and returns the code and the last
// message before.
func closedWith(t testing.TB, c *websocket.Conn) (int, []byte) {
	t.Helper()
	var last []byte
	for {
		_, m, err := c.Read(within(t))
		if err != nil {
			var closed websocket.CloseError
			if !errors.As(err, &closed) {
				t.Fatalf("the socket ended without a close frame: %v", err)
			}
			return int(closed.Code), last
		}
		last = m
	}
}

func TestSocketEchoes(t *testing.T) {
	s := newStand(t, options{})
	owner := s.owner()
	me := into[wire.Me](s, 200, request{method: "GET", path: "/v1/auth/me", token: owner}).User
	ticket := s.ticket(owner)
	c := s.socket("?ticket=" + ticket + "&resume=abc&after=17")
	caller := <-s.hub.callers
	if caller.User != me || caller.Resume != "abc" || caller.After != 17 || caller.Host != "127.0.0.1" || caller.RemoteIP != "127.0.0.1" || caller.AuthSessionID == "" {
		t.Fatalf("caller %+v", caller)
	}
	// As large as may be.
	big := []byte(strings.Repeat("x", wire.MaxFrame))
	if err := c.Write(within(t), websocket.MessageText, big); err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(1 << 20)
	if _, m, err := c.Read(within(t)); err != nil || len(m) != len(big) {
		t.Fatal(len(m), err)
	}
	if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Fatal(err)
	}
	// The ticket opened one.
	if code, _ := closedWith(t, s.socket("?ticket="+ticket)); code != wire.CloseInvalidTicket {
		t.Fatalf("a used ticket: close %d", code)
	}
}

func TestHandshakeRefusals(t *testing.T) {
	s := newStand(t, options{})
	owner := s.owner()
	expired := s.ticket(owner)
	s.now.move(wire.TicketTTLSeconds * time.Second)
	loggedOut := s.member(owner, "Ann").Token
	revoked := s.ticket(loggedOut)
	into[wire.OK](s, 200, request{method: "POST", path: "/v1/auth/logout", token: loggedOut})
	for name, c := range map[string]struct {
		query string
		code  wire.Code
		close int
	}{
		"none":    {"", wire.CodeMissingTicket, wire.CloseMissingTicket},
		"empty":   {"?ticket=", wire.CodeMissingTicket, wire.CloseMissingTicket},
		"unknown": {"?ticket=abc", wire.CodeInvalidTicket, wire.CloseInvalidTicket},
		"a token": {"?ticket=" + owner, wire.CodeInvalidTicket, wire.CloseInvalidTicket},
		"expired": {"?ticket=" + expired, wire.CodeInvalidTicket, wire.CloseInvalidTicket},
		"revoked": {"?ticket=" + revoked, wire.CodeInvalidTicket, wire.CloseInvalidTicket},
		"long":    {"?ticket=" + strings.Repeat("x", 5000), wire.CodeInvalidTicket, wire.CloseInvalidTicket},
	} {
		t.Run(name, func(t *testing.T) {
			code, last := closedWith(t, s.socket(c.query))
			var e wire.Event
			var p wire.ErrorPayload
			if err := errors.Join(json.Unmarshal(last, &e), json.Unmarshal(e.Payload, &p)); err != nil {
				t.Fatalf("%v: %q", err, last)
			}
			if code != c.close || e.Type != wire.TypeError || p.Code != c.code || p.Message == "" || e.Seq != 0 {
				t.Fatalf("close %d after %s", code, last)
			}
		})
	}
	if len(s.hub.callers) != 0 {
		t.Fatal("a refused socket reached the hub")
	}
}

func TestHandshakeBadResume(t *testing.T) {
	s := newStand(t, options{})
	owner := s.owner()
	for _, q := range []string{"&resume=abc", "&resume=abc&after=-1", "&resume=abc&after=x", "&after=5", "&resume=" + strings.Repeat("x", 65) + "&after=1"} {
		s.socket("?ticket=" + s.ticket(owner) + q)
		if c := <-s.hub.callers; c.Resume != "" || c.After != 0 {
			t.Errorf("%s: resumes %q after %d", q, c.Resume, c.After)
		}
	}
}

// Only a close frame says that the client has gone for good: an end without one
// is a lost client, who may resume.
func TestSocketLostIsNotClosed(t *testing.T) {
	s := newStand(t, options{})
	owner := s.owner()
	read := make(chan error, 1)
	s.hub.serve = func(_ context.Context, conn signaling.Conn, _ signaling.Caller) error {
		_, err := conn.Read()
		read <- err
		return nil
	}
	for _, end := range []struct {
		how    string
		do     func(*websocket.Conn) error
		closed bool
	}{
		{"cut", (*websocket.Conn).CloseNow, false},
		{"closed", func(c *websocket.Conn) error { return c.Close(websocket.StatusNormalClosure, "") }, true},
	} {
		if err := end.do(s.socket("?ticket=" + s.ticket(owner))); err != nil {
			t.Errorf("%s: %v", end.how, err)
		}
		if err := <-read; err == nil || errors.Is(err, io.EOF) != end.closed {
			t.Errorf("%s: the hub is told %v", end.how, err)
		}
	}
}

func TestSocketTooBig(t *testing.T) {
	s := newStand(t, options{})
	owner := s.owner()
	// Much more than the limit is still unread when the server closes.
	for _, size := range []int{wire.MaxFrame + 1, 600 << 10} {
		c := s.socket("?ticket=" + s.ticket(owner))
		go func() { _ = c.Write(context.Background(), websocket.MessageText, []byte(strings.Repeat("x", size))) }()
		if code, _ := closedWith(t, c); code != wire.CloseTooBig {
			t.Fatalf("%d bytes: close %d", size, code)
		}
	}
}

func TestSocketBinary(t *testing.T) {
	s := newStand(t, options{})
	c := s.socket("?ticket=" + s.ticket(s.owner()))
	if err := c.Write(within(t), websocket.MessageBinary, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if code, _ := closedWith(t, c); code != int(websocket.StatusUnsupportedData) {
		t.Fatalf("close %d", code)
	}
}

func TestSocketOrigin(t *testing.T) {
	s := newStand(t, options{config: func(c *Config) { c.PublicURL = "https://talk.example.org" }})
	owner := s.owner()
	for origin, ok := range map[string]bool{
		s.url: true, "https://talk.example.org": true, "https://talk.example.org:443": true, "": true,
		"https://evil.example": false, "null": false, "https://talk.example.org.evil.example": false, "http://127.0.0.1:1": false, "file://": false,
	} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		c, resp, err := s.dial("?ticket="+s.ticket(owner), h)
		if ok != (err == nil) {
			t.Errorf("origin %q: %v", origin, err)
		}
		if err == nil {
			<-s.hub.callers
			_ = c.CloseNow()
		} else if resp.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q: status %d", origin, resp.StatusCode)
		}
	}
	s.refused(400, wire.CodeValidation, "", request{method: "GET", path: "/v1/realtime/ws"})
}

func TestHubCloses(t *testing.T) {
	s := newStand(t, options{})
	owner := s.owner()
	for _, code := range []int{wire.CloseKicked, wire.CloseSessionReplaced, wire.CloseRateLimited} {
		s.hub.serve = func(_ context.Context, conn signaling.Conn, _ signaling.Caller) error {
			if err := conn.Write([][]byte{[]byte(`{"type":"last"}`)}); err != nil {
				return err
			}
			return conn.Close(code, strings.Repeat("a long reason ", 30))
		}
		got, last := closedWith(t, s.socket("?ticket="+s.ticket(owner)))
		if got != code || !strings.Contains(string(last), "last") {
			t.Fatalf("close %d after %q, want %d", got, last, code)
		}
	}
	s.hub.serve = func(context.Context, signaling.Conn, signaling.Caller) error { panic("a fault of the hub") }
	if _, _, err := s.socket("?ticket=" + s.ticket(owner)).Read(within(t)); err == nil {
		t.Fatal("the socket goes on after a panic")
	}
	if !strings.Contains(s.log.String(), "a fault of the hub") {
		t.Fatal("the panic was not logged")
	}
	s.hub.serve = func(context.Context, signaling.Conn, signaling.Caller) error { return errors.New("broken") }
	if code, _ := closedWith(t, s.socket("?ticket="+s.ticket(owner))); code != int(websocket.StatusInternalError) {
		t.Fatalf("close %d", code)
	}
}

// A client that takes nothing must not hold its writer for ever.
func TestCloseCutsOffWhoTakesNothing(t *testing.T) {
	s := newStand(t, options{})
	ended := make(chan time.Duration, 1)
	s.hub.serve = func(_ context.Context, conn signaling.Conn, _ signaling.Caller) error {
		writing := make(chan struct{})
		go func() {
			defer close(writing)
			frame := []byte(strings.Repeat("x", 64<<10))
			for conn.Write([][]byte{frame}) == nil {
			}
		}()
		time.Sleep(300 * time.Millisecond) // until the buffers are full
		start := time.Now()
		_ = conn.Close(wire.CloseRateLimited, "too slow")
		<-writing
		ended <- time.Since(start)
		return nil
	}
	s.socket("?ticket=" + s.ticket(s.owner()))
	select {
	case took := <-ended:
		if took > 3*time.Second {
			t.Fatalf("the writer was held for %v", took)
		}
	case <-time.After(8 * time.Second):
		t.Fatal("the writer is held")
	}
}

func TestCloseEndsSocketsAndLeavesNothing(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	t.Run("server", func(t *testing.T) {
		s := newStand(t, options{})
		owner := s.owner()
		var all []*websocket.Conn
		for range 5 {
			all = append(all, s.socket("?ticket="+s.ticket(owner)))
			<-s.hub.callers
		}
		done := make(chan error, 1)
		go func() { done <- s.server.Close(within(t)) }()
		for _, c := range all {
			if code, _ := closedWith(t, c); code != wire.CloseGoingAway {
				t.Errorf("close %d", code)
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.dial("", nil); err == nil {
			t.Fatal("a closed server takes sockets")
		}
	})
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	goleak.VerifyNone(t, leaks, goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}
