package auth

import (
	"context"
	"errors"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Users returns all accounts and the guests who are signed in.
func (s *Service) Users(ctx context.Context) ([]wire.User, error) {
	users, err := s.deps.Users.ListUsers(ctx)
	if err != nil {
		return nil, internal("listing users", err)
	}
	return users, nil
}

// Promote gives an account another role: admin, moderator or member. The
// owner's role stays, and a guest, who could not sign in again, has none to
// give. The errors are ValidationError, UserNotFound and Conflict.
func (s *Service) Promote(ctx context.Context, userID string, role wire.Role) (wire.User, error) {
	switch role {
	case wire.RoleAdmin, wire.RoleModerator, wire.RoleMember:
	default:
		return wire.User{}, wire.Invalid("role", "give admin, moderator or member")
	}
	user, err := s.deps.Users.SetRole(ctx, userID, role)
	switch {
	case errors.Is(err, ErrNotFound):
		return wire.User{}, wire.E(wire.CodeUserNotFound, "there is no such user")
	case errors.Is(err, ErrConflict):
		return wire.User{}, wire.E(wire.CodeConflict, "the owner's role and a guest's cannot be changed")
	case err != nil:
		return wire.User{}, internal("changing role", err)
	}
	return user, nil
}
