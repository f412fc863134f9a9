package client

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/coder/websocket"
)

// fake is a server whose sockets a test plays by hand. Its network is pipes in
// memory, so that it works in a synctest bubble.
type fake struct {
	t       *testing.T
	conns   chan net.Conn
	closing chan struct{}
	mux     *http.ServeMux
	http    *http.Server
	client  *http.Client
	sockets chan *fakeSocket
	mu      sync.Mutex
	tickets int
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, conns: make(chan net.Conn), closing: make(chan struct{}), mux: http.NewServeMux(), sockets: make(chan *fakeSocket, 8)}
	f.mux.HandleFunc("GET /v1/auth/ws-ticket", func(w http.ResponseWriter, _ *http.Request) {
		f.mu.Lock()
		f.tickets++
		f.mu.Unlock()
		_ = json.NewEncoder(w).Encode(wire.Ticket{Ticket: "t", ExpiresInSec: 45})
	})
	f.mux.HandleFunc("GET /v1/realtime/ws", f.accept)
	f.http = &http.Server{Handler: f.mux}
	go func() { _ = f.http.Serve(f) }()
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		a, b := net.Pipe()
		select {
		case f.conns <- b:
			return a, nil
		case <-f.closing:
			return nil, errors.New("connection refused")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	f.client = &http.Client{Transport: tr}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		_ = f.http.Close()
	})
	return f
}

func (f *fake) Accept() (net.Conn, error) {
	select {
	case c := <-f.conns:
		return c, nil
	case <-f.closing:
		return nil, net.ErrClosed
	}
}

func (f *fake) Close() error {
	select {
	case <-f.closing:
	default:
		close(f.closing)
	}
	return nil
}

func (f *fake) Addr() net.Addr { return &net.IPAddr{} }

func (f *fake) accept(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	s := &fakeSocket{t: f.t, ws: ws, query: r.URL.Query(), in: make(chan wire.Request, 64), closed: make(chan struct{})}
	f.sockets <- s
	for {
		_, b, err := ws.Read(context.Background())
		if err != nil {
			s.err = err
			close(s.closed)
			return
		}
		var q wire.Request
		if json.Unmarshal(b, &q) == nil {
			s.in <- q
		}
	}
}

// connect opens a connection and the socket beneath it.
func (f *fake) connect(opts ...Option) (*Conn, *fakeSocket) {
	f.t.Helper()
	c, err := New("http://fake", append([]Option{WithHTTPClient(f.client), WithToken("tok")}, opts...)...)
	if err != nil {
		f.t.Fatal(err)
	}
	got := make(chan *Conn, 1)
	go func() {
		conn, err := c.Connect(context.Background())
		if err != nil {
			f.t.Error(err)
		}
		got <- conn
	}()
	s := f.next()
	s.ready("s1")
	conn := <-got
	if conn == nil {
		f.t.FailNow()
	}
	return conn, s
}

func (f *fake) next() *fakeSocket {
	f.t.Helper()
	select {
	case s := <-f.sockets:
		return s
	case <-time.After(time.Minute):
		f.t.Fatal("no socket was opened")
		return nil
	}
}

// fakeSocket is one WebSocket as the server sees it.
type fakeSocket struct {
	t      *testing.T
	ws     *websocket.Conn
	query  url.Values
	in     chan wire.Request
	seq    uint64
	closed chan struct{}
	err    error
}

func (s *fakeSocket) ready(session string) {
	s.seq = 0
	s.event(wire.TypeServerReady, wire.Ready{UserID: "u1", UserName: "ada", SessionID: session, HeartbeatSec: 10, ResumeWindowSec: 30})
}

// event sends an event with the next seq.
func (s *fakeSocket) event(typ string, payload any) {
	s.seq++
	s.send(typ, payload, s.seq)
}

func (s *fakeSocket) send(typ string, payload any, seq uint64) {
	s.t.Helper()
	p, err := json.Marshal(payload)
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := json.Marshal(wire.Event{Type: typ, Payload: p, Seq: seq})
	if err != nil {
		s.t.Fatal(err)
	}
	_ = s.ws.Write(context.Background(), websocket.MessageText, b)
}

func (s *fakeSocket) ack(q wire.Request, a wire.Ack) {
	a.RequestID, a.EventType = q.RequestID, q.Type
	s.send(wire.TypeAck, a, 0)
}

func (s *fakeSocket) nack(q wire.Request, code wire.Code) {
	s.send(wire.TypeNack, wire.Nack{RequestID: q.RequestID, EventType: q.Type, Code: code, Message: "no", RetryAfterMs: 7}, 0)
}

// want returns the next message, which has to be of type typ; pings between
// are answered.
func (s *fakeSocket) want(typ string) wire.Request {
	s.t.Helper()
	for {
		select {
		case q := <-s.in:
			if q.Type == wire.TypePing && typ != wire.TypePing {
				s.send(wire.TypePong, wire.Pong{}, 0)
				continue
			}
			if q.Type != typ {
				s.t.Fatalf("got %s, want %s", q.Type, typ)
			}
			return q
		case <-time.After(time.Minute):
			s.t.Fatalf("no %s came", typ)
		}
	}
}

// lose breaks the socket as a network does.
func (s *fakeSocket) lose() { _ = s.ws.CloseNow() }

// wantState reads events up to one about the connection.
func wantState(t *testing.T, c *Conn, want ConnectionState) ConnectionChange {
	t.Helper()
	for {
		select {
		case e := <-c.Events():
			if ch, ok := e.Payload.(*ConnectionChange); ok {
				if ch.State != want {
					t.Fatalf("state %s, want %s", ch.State, want)
				}
				return *ch
			}
		case <-time.After(time.Minute):
			t.Fatalf("no state %s", want)
		}
	}
}
