package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store"
)

// accounts is the store as auth's Users, Sessions and Invites.
type accounts struct{ db *store.Store }

func authDeps(db *store.Store) auth.Deps {
	a := accounts{db}
	return auth.Deps{Users: a, Sessions: a, Invites: a}
}

// authErr gives the store's errors auth's names.
func authErr(err error) error {
	for from, to := range map[error]error{
		store.ErrNotFound: auth.ErrNotFound, store.ErrConflict: auth.ErrConflict, store.ErrInvite: auth.ErrInvite,
	} {
		if errors.Is(err, from) {
			return fmt.Errorf("%w: %w", to, err)
		}
	}
	return fullErr(err)
}

func wireUser(u store.User) wire.User {
	return wire.User{ID: u.ID, Name: u.Name, Role: wire.Role(u.Role), CreatedAt: wire.Time(u.CreatedAt), DisabledAt: (*wire.Time)(u.DisabledAt)}
}

func authSession(s store.Session) auth.Session {
	return auth.Session{ID: s.ID, UserID: s.UserID, UserAgent: s.UserAgent,
		CreatedAt: s.CreatedAt.Time, LastSeenAt: s.LastSeenAt.Time, ExpiresAt: s.ExpiresAt.Time}
}

func authInvite(i store.Invite) auth.Invite {
	out := auth.Invite{Code: i.Code, MaxUses: i.MaxUses, Uses: i.Uses}
	if i.ExpiresAt != nil {
		out.ExpiresAt = &i.ExpiresAt.Time
	}
	return out
}

func (a accounts) CreateUser(ctx context.Context, n auth.NewUser) (wire.User, error) {
	u, err := a.db.CreateUser(ctx, store.NewUser{Name: n.Name, NameKey: n.NameKey, Role: string(n.Role),
		PasswordHash: n.PasswordHash, InviteCode: n.InviteCode, First: n.First})
	return wireUser(u), authErr(err)
}

func (a accounts) HasAccounts(ctx context.Context) (bool, error) { return a.db.HasAccounts(ctx) }

func (a accounts) AccountByName(ctx context.Context, nameKey string) (wire.User, string, error) {
	u, err := a.db.AccountByName(ctx, nameKey)
	return wireUser(u), u.PasswordHash, authErr(err)
}

func (a accounts) ListUsers(ctx context.Context) ([]wire.User, error) {
	users, err := a.db.ListUsers(ctx)
	return each(users, wireUser), err
}

func (a accounts) SetRole(ctx context.Context, userID string, role wire.Role) (wire.User, error) {
	u, err := a.db.SetRole(ctx, userID, string(role))
	return wireUser(u), authErr(err)
}

func (a accounts) SetPassword(ctx context.Context, userID, passwordHash string) error {
	return authErr(a.db.SetPassword(ctx, userID, passwordHash))
}

func (a accounts) SetDisabled(ctx context.Context, userID string, disabled bool) (wire.User, error) {
	u, err := a.db.SetDisabled(ctx, userID, disabled)
	return wireUser(u), authErr(err)
}

func (a accounts) CreateSession(ctx context.Context, n auth.NewSession) (auth.Session, error) {
	s, err := a.db.CreateSession(ctx, store.NewSession(n))
	return authSession(s), authErr(err)
}

func (a accounts) SessionByToken(ctx context.Context, tokenHash string) (auth.Session, wire.User, error) {
	s, u, err := a.db.SessionByToken(ctx, tokenHash)
	return authSession(s), wireUser(u), authErr(err)
}

func (a accounts) RotateSession(ctx context.Context, id, tokenHash string, expiresAt, previousUntil time.Time) error {
	return authErr(a.db.RotateSession(ctx, id, tokenHash, expiresAt, previousUntil))
}

func (a accounts) TouchSession(ctx context.Context, id string) error {
	return a.db.TouchSession(ctx, id)
}

func (a accounts) ListSessions(ctx context.Context, userID string) ([]auth.Session, error) {
	rows, err := a.db.ListSessions(ctx, userID)
	return each(rows, authSession), err
}

func (a accounts) DeleteSession(ctx context.Context, userID, id string) error {
	return authErr(a.db.DeleteSession(ctx, userID, id))
}

func (a accounts) DeleteExpiredSessions(ctx context.Context) (int64, error) {
	return a.db.DeleteExpiredSessions(ctx)
}

func (a accounts) CreateInvite(ctx context.Context, code, userID string, maxUses *int, expiresAt *time.Time) (auth.Invite, error) {
	i, err := a.db.CreateInvite(ctx, code, userID, maxUses, expiresAt)
	return authInvite(i), authErr(err)
}

func (a accounts) ListInvites(ctx context.Context, userID string) ([]auth.Invite, error) {
	rows, err := a.db.ListInvites(ctx, userID)
	return each(rows, authInvite), err
}

func (a accounts) DeleteInvite(ctx context.Context, code, userID string) error {
	return authErr(a.db.DeleteInvite(ctx, code, userID))
}

// each maps rows; the result is empty rather than nil, for JSON.
func each[A, B any](rows []A, f func(A) B) []B {
	out := make([]B, len(rows))
	for i, r := range rows {
		out[i] = f(r)
	}
	return out
}
