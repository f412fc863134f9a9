package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/boltorezka/boltorezka/docs/api"
	"github.com/boltorezka/boltorezka/docs/api/apitest"
	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

// stand is a server as it runs, on a real port over a real SQLite database,
// with a hub that notes what it is told.
type stand struct {
	t      testing.TB
	url    string
	server *Server
	store  *store.Store
	auth   *auth.Service
	hub    *fakeHub
	log    *lockedBuffer
	now    *clock
}

type options struct {
	config func(*Config)
	auth   func(*auth.Config)
	deps   func(*Deps)
}

func newStand(t testing.TB, o options) *stand {
	t.Helper()
	s := &stand{t: t, store: storetest.SQLite(t), hub: newFakeHub(), log: &lockedBuffer{}, now: &clock{t: time.Now()}}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if err := s.store.SeedRoom(context.Background(), store.NewRoom{Slug: "general", Title: "General", IsPublic: true, TopologyPolicy: "auto", MaxParticipants: 500}); err != nil {
		t.Fatal(err)
	}
	ac := auth.Defaults()
	ac.Hash = auth.HashCost{MemoryKiB: 64, Passes: 1, Parallel: 4}
	ac.Rate = 0
	ac.Now = s.now.now
	cfg := Defaults()
	cfg.Addr, cfg.Rate = "127.0.0.1:0", 0
	if o.config != nil {
		o.config(&cfg)
	}
	ac.PublicURL = cfg.PublicURL
	if o.auth != nil {
		o.auth(&ac)
	}
	var err error
	s.auth, err = auth.New(context.Background(), ac, auth.Deps{Users: users{s.store}, Sessions: sessions{s.store}, Invites: invites{s.store}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	deps := Deps{Auth: s.auth, Rooms: rooms{s.store}, Messages: messages{s.store}, Hub: s.hub, Log: log,
		Checks:  map[string]func(context.Context) error{"db": s.store.Ping},
		Docs:    api.Files,
		Version: wire.Version{Version: "1.2.3", Commit: "abc", BuiltAt: "2026-01-01T00:00:00Z"},
		Web: fstest.MapFS{
			"index.html":         {Data: []byte("<!doctype html>" + strings.Repeat("the app ", 200))},
			"assets/app-1234.js": {Data: []byte(strings.Repeat("console.log('hello');", 200))},
			"assets/tiny-1.js":   {Data: []byte("1")},
			"icon.png":           {Data: []byte("png")},
			".gitkeep":           {Data: nil},
		}}
	if o.deps != nil {
		o.deps(&deps)
	}
	s.server = New(cfg, deps)
	ln, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(ln) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.server.Close(ctx); err != nil {
			t.Errorf("closing: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	return s
}

// request is one HTTP call of a test.
type request struct {
	method, path string
	body         any // a string is sent as it is
	token        string
	header       map[string]string
}

type answer struct {
	*http.Response
	body []byte
}

func (s *stand) do(r request) answer {
	s.t.Helper()
	var body io.Reader
	switch b := r.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(r.method, s.url+r.path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	for k, v := range r.header {
		if k == "Host" {
			req.Host = v
		} else {
			req.Header.Set(k, v)
		}
	}
	resp, err := apitest.Transport{T: s.t}.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp, raw}
}

// into makes a call, wants a status and decodes the answer.
func into[T any](s *stand, status int, r request) T {
	s.t.Helper()
	a := s.do(r)
	var v T
	if a.StatusCode != status {
		s.t.Fatalf("%s %s: status %d, want %d: %s", r.method, r.path, a.StatusCode, status, a.body)
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		s.t.Fatalf("%s %s: %v: %s", r.method, r.path, err, a.body)
	}
	return v
}

// refused makes a call and wants the contract's error, naming field when that
// is not empty.
func (s *stand) refused(status int, code wire.Code, field string, r request) answer {
	s.t.Helper()
	a := s.do(r)
	var e wire.HTTPError
	if err := json.Unmarshal(a.body, &e); err != nil || a.StatusCode != status || e.Error != code || e.Message == "" {
		s.t.Errorf("%s %s %v: %d %s, want %d %s", r.method, r.path, r.body, a.StatusCode, a.body, status, code)
		return a
	}
	if field == "" {
		return a
	}
	for _, issue := range e.Issues {
		if issue.Field == field && issue.Message != "" {
			return a
		}
	}
	s.t.Errorf("%s %s %v: no issue names %s: %s", r.method, r.path, r.body, field, a.body)
	return a
}

const password = "correct horse"

// owner makes the first account and returns its token.
func (s *stand) owner() string {
	s.t.Helper()
	return into[wire.SignedIn](s, 201, request{method: "POST", path: "/v1/auth/register", body: wire.Register{Name: "Owner", Password: password}}).Token
}

func (s *stand) invite(token string) string {
	s.t.Helper()
	return into[wire.InviteAnswer](s, 201, request{method: "POST", path: "/v1/invites", token: token}).Invite.Code
}

// member makes an account by the owner's invite.
func (s *stand) member(owner, name string) wire.SignedIn {
	s.t.Helper()
	return into[wire.SignedIn](s, 201, request{method: "POST", path: "/v1/auth/register",
		body: wire.Register{Name: name, Password: password, InviteCode: s.invite(owner)}})
}

func (s *stand) guest(owner, name string) wire.SignedIn {
	s.t.Helper()
	return into[wire.SignedIn](s, 201, request{method: "POST", path: "/v1/auth/guest", body: wire.Guest{Name: name, InviteCode: s.invite(owner)}})
}

func (s *stand) ticket(token string) string {
	s.t.Helper()
	return into[wire.Ticket](s, 200, request{method: "GET", path: "/v1/auth/ws-ticket", token: token}).Ticket
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
