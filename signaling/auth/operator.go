package auth

import (
	"context"
	"errors"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// AddAccount makes an account without an invite, for the operator's command
// line: a member's, moderator's or admin's, or the owner's while there is no
// account. The errors are ValidationError and Conflict.
func (s *Service) AddAccount(ctx context.Context, rawName, password string, role wire.Role) (wire.User, error) {
	name, bad := cleanName(rawName)
	if bad != nil {
		return wire.User{}, bad
	}
	if bad = checkPassword(password); bad != nil {
		return wire.User{}, bad
	}
	switch role {
	case wire.RoleOwner, wire.RoleAdmin, wire.RoleModerator, wire.RoleMember:
	default:
		return wire.User{}, wire.Invalid("role", "give owner, admin, moderator or member")
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return wire.User{}, err
	}
	n := NewUser{Name: name, NameKey: nameKey(name), Role: role, PasswordHash: hash, First: role == wire.RoleOwner}
	user, err := s.deps.Users.CreateUser(ctx, n)
	if err != nil {
		return wire.User{}, s.refused(ctx, err, n)
	}
	return user, nil
}

// ResetPassword gives an account another password and signs all its devices
// out, for the operator's command line. The errors are ValidationError and
// UserNotFound.
func (s *Service) ResetPassword(ctx context.Context, rawName, password string) error {
	name, bad := cleanName(rawName)
	if bad != nil {
		return bad
	}
	if bad = checkPassword(password); bad != nil {
		return bad
	}
	user, err := s.account(ctx, name)
	if err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := s.deps.Users.SetPassword(ctx, user.ID, hash); err != nil {
		return internal("changing password", err)
	}
	return nil
}

// Disable shuts an account out and signs all its devices out, or lets it in
// again, for the operator's command line. The errors are UserNotFound and
// Forbidden for the owner.
func (s *Service) Disable(ctx context.Context, rawName string, disabled bool) (wire.User, error) {
	name, bad := cleanName(rawName)
	if bad != nil {
		return wire.User{}, bad
	}
	user, err := s.account(ctx, name)
	if err != nil {
		return wire.User{}, err
	}
	user, err = s.deps.Users.SetDisabled(ctx, user.ID, disabled)
	if errors.Is(err, ErrConflict) {
		return wire.User{}, wire.E(wire.CodeForbidden, "the owner's account stays; an operator who wants it gone resets its password")
	}
	if err != nil {
		return wire.User{}, internal("disabling account", err)
	}
	return user, nil
}

// account finds an account by its name.
func (s *Service) account(ctx context.Context, name string) (wire.User, error) {
	user, _, err := s.deps.Users.AccountByName(ctx, nameKey(name))
	if errors.Is(err, ErrNotFound) {
		return wire.User{}, wire.E(wire.CodeUserNotFound, "there is no account of this name")
	}
	if err != nil {
		return wire.User{}, internal("reading account", err)
	}
	return user, nil
}
