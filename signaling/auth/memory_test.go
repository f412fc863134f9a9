package auth

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// memory is a storage that keeps the contracts of ports.go. The real one's
// tests are in store, and both together are tested in httpapi.
type memory struct {
	mu       sync.Mutex
	now      func() time.Time
	next     int
	users    map[string]*memoryUser
	sessions map[string]*memorySession
	invites  map[string]*memoryInvite
	failing  error
}

type memoryUser struct {
	wire.User
	key, hash string
}

type memorySession struct {
	Session
	hash, previous string
	until          time.Time
}

type memoryInvite struct {
	Invite
	user string
}

func (m *memory) id() string { m.next++; return strconv.Itoa(m.next) }

func (m *memory) CreateUser(_ context.Context, n NewUser) (wire.User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return wire.User{}, m.failing
	}
	for _, u := range m.users {
		if u.Role != wire.RoleGuest && (n.First || u.key == n.NameKey) {
			return wire.User{}, ErrConflict
		}
	}
	if n.InviteCode != "" {
		i := m.invites[n.InviteCode]
		if i == nil || i.MaxUses != nil && i.Uses >= *i.MaxUses || i.ExpiresAt != nil && !m.now().Before(*i.ExpiresAt) {
			return wire.User{}, ErrInvite
		}
		i.Uses++
	}
	u := wire.User{ID: m.id(), Name: n.Name, Role: n.Role, CreatedAt: wire.At(m.now())}
	m.users[u.ID] = &memoryUser{u, n.NameKey, n.PasswordHash}
	return u, nil
}

func (m *memory) HasAccounts(context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range m.users {
		if u.Role != wire.RoleGuest {
			return true, nil
		}
	}
	return false, m.failing
}

func (m *memory) AccountByName(_ context.Context, key string) (wire.User, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range m.users {
		if u.key == key && u.Role != wire.RoleGuest {
			return u.User, u.hash, nil
		}
	}
	return wire.User{}, "", ErrNotFound
}

func (m *memory) ListUsers(context.Context) ([]wire.User, error) { return nil, m.failing }

func (m *memory) SetRole(_ context.Context, id string, role wire.Role) (wire.User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.users[id]
	if u == nil {
		return wire.User{}, ErrNotFound
	}
	if u.Role == wire.RoleOwner || u.Role == wire.RoleGuest {
		return wire.User{}, ErrConflict
	}
	u.Role = role
	return u.User, nil
}

func (m *memory) SetPassword(_ context.Context, id, hash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users[id].hash = hash
	for sid, s := range m.sessions {
		if s.UserID == id {
			delete(m.sessions, sid)
		}
	}
	return nil
}

func (m *memory) SetDisabled(_ context.Context, id string, disabled bool) (wire.User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.users[id]
	if u.Role == wire.RoleOwner {
		return wire.User{}, ErrConflict
	}
	u.DisabledAt = nil
	if disabled {
		now := wire.At(m.now())
		u.DisabledAt = &now
	}
	for sid, s := range m.sessions {
		if disabled && s.UserID == id {
			delete(m.sessions, sid)
		}
	}
	return u.User, nil
}

func (m *memory) CreateSession(_ context.Context, n NewSession) (Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := Session{ID: m.id(), UserID: n.UserID, UserAgent: n.UserAgent, CreatedAt: m.now(), LastSeenAt: m.now(), ExpiresAt: n.ExpiresAt}
	m.sessions[s.ID] = &memorySession{Session: s, hash: n.TokenHash}
	return s, nil
}

func (m *memory) SessionByToken(_ context.Context, hash string) (Session, wire.User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sessions {
		if m.now().Before(s.ExpiresAt) && (s.hash == hash || s.previous == hash && m.now().Before(s.until)) {
			return s.Session, m.users[s.UserID].User, nil
		}
	}
	return Session{}, wire.User{}, ErrNotFound
}

func (m *memory) RotateSession(_ context.Context, id, hash string, expires, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[id]
	if s == nil {
		return ErrNotFound
	}
	s.previous, s.until, s.hash, s.ExpiresAt = s.hash, until, hash, expires
	return nil
}

func (m *memory) TouchSession(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[id].LastSeenAt = m.now()
	return nil
}

func (m *memory) ListSessions(_ context.Context, user string) ([]Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Session
	for _, s := range m.sessions {
		if s.UserID == user {
			list = append(list, s.Session)
		}
	}
	return list, nil
}

func (m *memory) DeleteSession(_ context.Context, user, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.sessions[id]; s == nil || s.UserID != user {
		return ErrNotFound
	}
	delete(m.sessions, id)
	return nil
}

func (m *memory) DeleteExpiredSessions(context.Context) (n int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, s := range m.sessions {
		if !m.now().Before(s.ExpiresAt) {
			delete(m.sessions, id)
			n++
		}
	}
	return n, nil
}

func (m *memory) CreateInvite(_ context.Context, code, user string, uses *int, expires *time.Time) (Invite, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.invites[code] = &memoryInvite{Invite{Code: code, MaxUses: uses, ExpiresAt: expires}, user}
	return m.invites[code].Invite, nil
}

func (m *memory) ListInvites(context.Context, string) ([]Invite, error) { return nil, nil }

func (m *memory) DeleteInvite(_ context.Context, code, user string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.invites[code]; i == nil || user != "" && i.user != user {
		return ErrNotFound
	}
	delete(m.invites, code)
	return nil
}

// newTestService makes a service whose time is time.Now: tests run it within
// testing/synctest.
func newTestService(t testing.TB, change func(*Config)) (*Service, *memory) {
	t.Helper()
	m := &memory{now: time.Now, users: map[string]*memoryUser{}, sessions: map[string]*memorySession{}, invites: map[string]*memoryInvite{}}
	cfg := Defaults()
	cfg.Hash = HashCost{MemoryKiB: 64, Passes: 1, Parallel: 2}
	if change != nil {
		change(&cfg)
	}
	s, err := New(context.Background(), cfg, Deps{Users: m, Sessions: m, Invites: m})
	if err != nil {
		t.Fatal(err)
	}
	return s, m
}
