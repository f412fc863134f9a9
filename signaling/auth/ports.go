package auth

import (
	"context"
	"errors"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// What the storage must tell apart; found with errors.Is.
var (
	// ErrNotFound: there is no such row, or not any more.
	ErrNotFound = errors.New("auth: not found")
	// ErrConflict: the name or the first place is taken, or the role stays.
	ErrConflict = errors.New("auth: already taken")
	// ErrInvite: the invite is unknown, expired or used up.
	ErrInvite = errors.New("auth: invite cannot be used")
)

// Users keeps accounts and guests.
type Users interface {
	// CreateUser stores a user, and takes one use of the invite, in one
	// transaction. ErrConflict, ErrInvite.
	CreateUser(ctx context.Context, n NewUser) (wire.User, error)
	// HasAccounts reports whether anybody but guests is there.
	HasAccounts(ctx context.Context) (bool, error)
	// AccountByName returns the account with the folded name and its password
	// hash, never a guest. ErrNotFound.
	AccountByName(ctx context.Context, nameKey string) (u wire.User, passwordHash string, err error)
	// ListUsers returns all accounts and the guests who are signed in.
	ListUsers(ctx context.Context) ([]wire.User, error)
	// SetRole gives an account another role. ErrNotFound; ErrConflict for the
	// owner and for guests.
	SetRole(ctx context.Context, userID string, role wire.Role) (wire.User, error)
	// SetPassword replaces an account's password hash and ends its sessions.
	// ErrNotFound.
	SetPassword(ctx context.Context, userID, passwordHash string) error
	// SetDisabled shuts an account out, and ends its sessions, or lets it in
	// again. ErrNotFound; ErrConflict for the owner.
	SetDisabled(ctx context.Context, userID string, disabled bool) (wire.User, error)
}

// NewUser is a user to be stored.
type NewUser struct {
	Name         string
	NameKey      string
	Role         wire.Role
	PasswordHash string // empty for a guest
	InviteCode   string // empty: none is needed
	First        bool   // there must be no account yet
}

// Sessions keeps signed-in devices.
type Sessions interface {
	CreateSession(ctx context.Context, n NewSession) (Session, error)
	// SessionByToken returns the live session that the hash, or the one before
	// the last rotation for a little while, opens, and its user. ErrNotFound.
	SessionByToken(ctx context.Context, tokenHash string) (Session, wire.User, error)
	// RotateSession gives a session another token hash and expiry; the hash it
	// had goes on opening it until previousUntil. ErrNotFound.
	RotateSession(ctx context.Context, id, tokenHash string, expiresAt, previousUntil time.Time) error
	// TouchSession notes that the device was seen now.
	TouchSession(ctx context.Context, id string) error
	// ListSessions returns a user's live sessions, last seen first.
	ListSessions(ctx context.Context, userID string) ([]Session, error)
	// DeleteSession ends a user's own session. ErrNotFound.
	DeleteSession(ctx context.Context, userID, id string) error
	// DeleteExpiredSessions removes what has ended and returns how many.
	DeleteExpiredSessions(ctx context.Context) (int64, error)
}

// Session is one signed-in device as the storage has it.
type Session struct {
	ID         string
	UserID     string
	UserAgent  string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
}

// NewSession is a session to be stored.
type NewSession struct {
	UserID    string
	TokenHash string
	UserAgent string
	ExpiresAt time.Time
}

// Invites keeps invites; taking a use of one is Users.CreateUser's.
type Invites interface {
	CreateInvite(ctx context.Context, code, userID string, maxUses *int, expiresAt *time.Time) (Invite, error)
	// ListInvites returns one user's invites, or all for an empty userID.
	ListInvites(ctx context.Context, userID string) ([]Invite, error)
	// DeleteInvite removes an invite; a userID that is not empty must be who
	// made it. ErrNotFound.
	DeleteInvite(ctx context.Context, code, userID string) error
}

// Invite is an invite as the storage has it.
type Invite struct {
	Code      string
	MaxUses   *int
	Uses      int
	ExpiresAt *time.Time
}
