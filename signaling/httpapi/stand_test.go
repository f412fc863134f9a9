package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/boltorezka/boltorezka/signaling"
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
	resp, err := http.DefaultTransport.RoundTrip(req)
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

// fakeHub echoes what a socket sends, and notes what it is told.
type fakeHub struct {
	mu           sync.Mutex
	changed      []wire.Room
	closed       []string
	disconnected []string
	callers      chan signaling.Caller
	serve        func(ctx context.Context, conn signaling.Conn, caller signaling.Caller) error
}

func newFakeHub() *fakeHub {
	h := &fakeHub{callers: make(chan signaling.Caller, 100)}
	h.serve = func(ctx context.Context, conn signaling.Conn, _ signaling.Caller) error {
		for {
			m, err := conn.Read()
			if err != nil {
				return err
			}
			if err := conn.Write(m); err != nil {
				return err
			}
		}
	}
	return h
}

func (h *fakeHub) Serve(ctx context.Context, conn signaling.Conn, caller signaling.Caller) error {
	h.callers <- caller
	return h.serve(ctx, conn, caller)
}

func (h *fakeHub) RoomChanged(r wire.Room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changed = append(h.changed, r)
}

func (h *fakeHub) RoomClosed(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = append(h.closed, id)
}

func (h *fakeHub) DisconnectAuthSession(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disconnected = append(h.disconnected, id)
}

// The adapters between the storage and the edge, as the server's own wiring
// has them.

func authErr(err error) error {
	for from, to := range map[error]error{store.ErrNotFound: auth.ErrNotFound, store.ErrConflict: auth.ErrConflict, store.ErrInvite: auth.ErrInvite} {
		if errors.Is(err, from) {
			return errors.Join(to, err)
		}
	}
	return err
}

func userOf(u store.User) wire.User {
	return wire.User{ID: u.ID, Name: u.Name, Role: wire.Role(u.Role), CreatedAt: wire.Time(u.CreatedAt)}
}

type users struct{ *store.Store }

func (a users) CreateUser(ctx context.Context, n auth.NewUser) (wire.User, error) {
	u, err := a.Store.CreateUser(ctx, store.NewUser{Name: n.Name, NameKey: n.NameKey, Role: string(n.Role), PasswordHash: n.PasswordHash, InviteCode: n.InviteCode, First: n.First})
	return userOf(u), authErr(err)
}

func (a users) AccountByName(ctx context.Context, key string) (wire.User, string, error) {
	u, err := a.Store.AccountByName(ctx, key)
	return userOf(u), u.PasswordHash, authErr(err)
}

func (a users) ListUsers(ctx context.Context) ([]wire.User, error) {
	rows, err := a.Store.ListUsers(ctx)
	var list []wire.User
	for _, r := range rows {
		list = append(list, userOf(r))
	}
	return list, err
}

func (a users) SetRole(ctx context.Context, id string, role wire.Role) (wire.User, error) {
	u, err := a.Store.SetRole(ctx, id, string(role))
	return userOf(u), authErr(err)
}

func (a users) SetPassword(ctx context.Context, id, hash string) error {
	return authErr(a.Store.SetPassword(ctx, id, hash))
}

type sessions struct{ *store.Store }

func sessionOf(r store.Session) auth.Session {
	return auth.Session{ID: r.ID, UserID: r.UserID, UserAgent: r.UserAgent, CreatedAt: r.CreatedAt.Time, LastSeenAt: r.LastSeenAt.Time, ExpiresAt: r.ExpiresAt.Time}
}

func (a sessions) CreateSession(ctx context.Context, n auth.NewSession) (auth.Session, error) {
	r, err := a.Store.CreateSession(ctx, store.NewSession(n))
	return sessionOf(r), err
}

func (a sessions) SessionByToken(ctx context.Context, hash string) (auth.Session, wire.User, error) {
	r, u, err := a.Store.SessionByToken(ctx, hash)
	return sessionOf(r), userOf(u), authErr(err)
}

func (a sessions) RotateSession(ctx context.Context, id, hash string, expires, until time.Time) error {
	return authErr(a.Store.RotateSession(ctx, id, hash, expires, until))
}

func (a sessions) ListSessions(ctx context.Context, id string) ([]auth.Session, error) {
	rows, err := a.Store.ListSessions(ctx, id)
	var list []auth.Session
	for _, r := range rows {
		list = append(list, sessionOf(r))
	}
	return list, err
}

func (a sessions) DeleteSession(ctx context.Context, user, id string) error {
	return authErr(a.Store.DeleteSession(ctx, user, id))
}

type invites struct{ *store.Store }

func inviteOf(r store.Invite) auth.Invite {
	i := auth.Invite{Code: r.Code, MaxUses: r.MaxUses, Uses: r.Uses}
	if r.ExpiresAt != nil {
		i.ExpiresAt = &r.ExpiresAt.Time
	}
	return i
}

func (a invites) CreateInvite(ctx context.Context, code, user string, uses *int, expires *time.Time) (auth.Invite, error) {
	r, err := a.Store.CreateInvite(ctx, code, user, uses, expires)
	return inviteOf(r), err
}

func (a invites) ListInvites(ctx context.Context, user string) ([]auth.Invite, error) {
	rows, err := a.Store.ListInvites(ctx, user)
	var list []auth.Invite
	for _, r := range rows {
		list = append(list, inviteOf(r))
	}
	return list, err
}

func (a invites) DeleteInvite(ctx context.Context, code, user string) error {
	return authErr(a.Store.DeleteInvite(ctx, code, user))
}

type rooms struct{ *store.Store }

func roomErr(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return wire.E(wire.CodeRoomNotFound, "there is no such room")
	case errors.Is(err, store.ErrConflict):
		return wire.E(wire.CodeConflict, "slug: is taken; choose another")
	case errors.Is(err, store.ErrCategory):
		return wire.Invalid("categoryId", "there is no such category")
	}
	return err
}

func roomOf(r store.Room) wire.Room {
	return wire.Room{ID: r.ID, Slug: r.Slug, Title: r.Title, IsPublic: r.IsPublic, CategoryID: r.CategoryID, Position: r.Position,
		TopologyPolicy: wire.TopologyPolicy(r.TopologyPolicy), MaxParticipants: r.MaxParticipants, CreatedAt: wire.Time(r.CreatedAt), ArchivedAt: (*wire.Time)(r.ArchivedAt)}
}

func (a rooms) ListRooms(ctx context.Context, archived bool) ([]wire.Room, error) {
	rows, err := a.Store.ListRooms(ctx, archived)
	var list []wire.Room
	for _, r := range rows {
		list = append(list, roomOf(r))
	}
	return list, err
}

func (a rooms) RoomBySlug(ctx context.Context, slug string) (wire.Room, error) {
	r, err := a.Store.RoomBySlug(ctx, slug)
	return roomOf(r), roomErr(err)
}

func (a rooms) RoomByID(ctx context.Context, id string) (wire.Room, error) {
	r, err := a.Store.RoomByID(ctx, id)
	return roomOf(r), roomErr(err)
}

func (a rooms) CreateRoom(ctx context.Context, n wire.NewRoom) (wire.Room, error) {
	r, err := a.Store.CreateRoom(ctx, store.NewRoom{Slug: n.Slug, Title: n.Title, IsPublic: *n.IsPublic, CategoryID: n.CategoryID,
		Position: *n.Position, TopologyPolicy: string(n.TopologyPolicy), MaxParticipants: *n.MaxParticipants})
	return roomOf(r), roomErr(err)
}

func (a rooms) UpdateRoom(ctx context.Context, id string, p wire.RoomPatch) (wire.Room, error) {
	r, err := a.Store.UpdateRoom(ctx, id, store.RoomPatch{Title: p.Title, IsPublic: p.IsPublic, CategoryID: p.CategoryID, Position: p.Position,
		TopologyPolicy: (*string)(p.TopologyPolicy), MaxParticipants: p.MaxParticipants, Archived: p.Archived})
	return roomOf(r), roomErr(err)
}

func (a rooms) DeleteRoom(ctx context.Context, id string) error {
	return roomErr(a.Store.DeleteRoom(ctx, id))
}

func (a rooms) ListCategories(ctx context.Context) ([]wire.Category, error) {
	rows, err := a.Store.ListCategories(ctx)
	var list []wire.Category
	for _, r := range rows {
		list = append(list, wire.Category{ID: r.ID, Slug: r.Slug, Title: r.Title, Position: r.Position})
	}
	return list, err
}

func (a rooms) CreateCategory(ctx context.Context, n wire.NewCategory) (wire.Category, error) {
	r, err := a.Store.CreateCategory(ctx, n.Slug, n.Title, *n.Position)
	return wire.Category{ID: r.ID, Slug: r.Slug, Title: r.Title, Position: r.Position}, roomErr(err)
}

type messages struct{ *store.Store }

func (a messages) History(ctx context.Context, q HistoryQuery) ([]wire.Message, bool, error) {
	rows, more, err := a.Store.History(ctx, store.HistoryQuery(q))
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, wire.E(wire.CodeMessageNotFound, "there is no such message in this room")
	}
	var list []wire.Message
	for _, m := range rows {
		list = append(list, wire.Message{ID: m.ID, RoomID: m.RoomID, RoomSeq: m.RoomSeq, UserID: m.UserID, UserName: m.UserName, Text: m.Text,
			ReplyTo: m.ReplyTo, CreatedAt: wire.Time(m.CreatedAt), EditedAt: (*wire.Time)(m.EditedAt), DeletedAt: (*wire.Time)(m.DeletedAt)})
	}
	return list, more, err
}
