package auth

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Mode says which ways in there are, and what this client needs for the first
// account.
func (s *Service) Mode(ctx context.Context, c Client) wire.AuthMode {
	needsOwner := s.needsOwner(ctx)
	return wire.AuthMode{
		Mode:           "local",
		Registration:   string(s.cfg.Registration),
		Guests:         string(s.cfg.Guests),
		Providers:      []wire.AuthProvider{},
		NeedsOwner:     needsOwner,
		NeedsSetupCode: needsOwner && !c.Local,
	}
}

// Register makes an account and signs it in. The first one is the owner's and
// needs the setup code unless it comes from the server's own machine; for the
// others the setting says whether an invite is needed. The errors are
// ValidationError, Forbidden, Conflict and RateLimited.
func (s *Service) Register(ctx context.Context, r wire.Register, c Client) (SignedIn, error) {
	if err := s.limits.address(c.RemoteIP); err != nil {
		return SignedIn{}, err
	}
	name, bad := cleanName(r.Name)
	if bad == nil {
		bad = checkPassword(r.Password)
	} else if alsoBad := checkPassword(r.Password); alsoBad != nil {
		bad = both(bad, alsoBad)
	}
	if bad != nil {
		return SignedIn{}, bad
	}
	n := NewUser{Name: name, NameKey: nameKey(name), Role: wire.RoleMember}
	if err := s.admit(ctx, &n, r, c); err != nil {
		return SignedIn{}, err
	}
	var err error
	if n.PasswordHash, err = s.hasher.hash(ctx, r.Password); err != nil {
		return SignedIn{}, err
	}
	user, err := s.deps.Users.CreateUser(ctx, n)
	if err != nil {
		return SignedIn{}, s.refused(ctx, err, n)
	}
	if n.First {
		s.setup.close()
		s.log.Info("the owner's account was made", "user", user.ID, "name", user.Name)
	}
	return s.signIn(ctx, user, c)
}

// admit decides by which right somebody makes an account.
func (s *Service) admit(ctx context.Context, n *NewUser, r wire.Register, c Client) error {
	if s.needsOwner(ctx) {
		if !c.Local && r.SetupCode == "" {
			return forbidden("setupCode", "the first account needs the setup code that the server printed when it started")
		}
		if !c.Local && !s.setup.accepts(r.SetupCode) {
			return forbidden("setupCode", "this is not the setup code that the server printed when it started")
		}
		n.First, n.Role = true, wire.RoleOwner
		return nil
	}
	switch s.cfg.Registration {
	case AccessOpen:
		// An invite that is given all the same is not looked at: a bad one is
		// no reason to refuse what is open, nor a good one to be used up.
		return nil
	case AccessInvite:
		if r.InviteCode == "" {
			return forbidden("inviteCode", "an account needs an invite here; ask a member for one")
		}
		n.InviteCode = inviteCode(r.InviteCode)
		return nil
	}
	return wire.E(wire.CodeForbidden, "no accounts are made here; ask the server's owner")
}

// Guest lets somebody in without an account, as the setting says. The errors
// are ValidationError, Forbidden, Conflict and RateLimited.
func (s *Service) Guest(ctx context.Context, r wire.Guest, c Client) (SignedIn, error) {
	if err := s.limits.address(c.RemoteIP); err != nil {
		return SignedIn{}, err
	}
	name, bad := cleanName(r.Name)
	if bad != nil {
		return SignedIn{}, bad
	}
	n := NewUser{Name: name, NameKey: nameKey(name), Role: wire.RoleGuest}
	switch s.cfg.Guests {
	case AccessOpen:
	case AccessInvite:
		if r.InviteCode == "" {
			return SignedIn{}, forbidden("inviteCode", "guests need an invite here; ask a member for one")
		}
		n.InviteCode = inviteCode(r.InviteCode)
	default:
		return SignedIn{}, wire.E(wire.CodeForbidden, "guests are not let in here; sign in with an account")
	}
	user, err := s.deps.Users.CreateUser(ctx, n)
	if err != nil {
		return SignedIn{}, s.refused(ctx, err, n)
	}
	return s.signIn(ctx, user, c)
}

// refused turns what the storage says of a new user into words.
func (s *Service) refused(ctx context.Context, err error, n NewUser) error {
	switch {
	case errors.Is(err, ErrConflict) && n.First && !s.needsOwner(ctx):
		return wire.E(wire.CodeConflict, "somebody else was first; ask the owner for an invite")
	case errors.Is(err, ErrConflict):
		return &wire.Error{Code: wire.CodeConflict, Message: "name: somebody has this name already; choose another",
			Issues: []wire.Issue{{Field: "name", Message: "somebody has this name already; choose another"}}}
	case errors.Is(err, ErrInvite):
		return forbidden("inviteCode", "this invite is unknown, expired or used up; ask for another")
	}
	return internal("storing user", err)
}

// needsOwner reports whether there is no account yet. While it seems so it
// asks the storage: another node, or the operator's command line, may have
// made one, and then the setup code is out of force.
func (s *Service) needsOwner(ctx context.Context) bool {
	if s.setup.get() == "" {
		return false
	}
	has, err := s.deps.Users.HasAccounts(ctx)
	if err != nil {
		s.log.Error("looking for an owner", "err", err)
		return true // what follows asks again, within its transaction
	}
	if has {
		s.setup.close()
	}
	return !has
}

// Login signs an account in. Unauthorized tells nothing about whether the
// name or the password was wrong, and takes as long for either; Forbidden: the
// account is disabled.
func (s *Service) Login(ctx context.Context, r wire.Login, c Client) (SignedIn, error) {
	if err := s.limits.address(c.RemoteIP); err != nil {
		return SignedIn{}, err
	}
	wrong := wire.E(wire.CodeUnauthorized, "name or password is wrong")
	name, bad := cleanName(r.Name)
	if bad != nil || checkPassword(r.Password) != nil {
		return SignedIn{}, wrong // no account has such a one: this tells nothing
	}
	key := nameKey(name)
	if err := s.limits.name(key); err != nil {
		return SignedIn{}, err
	}
	user, hash, err := s.deps.Users.AccountByName(ctx, key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return SignedIn{}, internal("reading account", err)
	}
	ok, err := s.hasher.verify(ctx, hash, r.Password)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok {
		return SignedIn{}, wrong
	}
	s.limits.forget(key)
	if user.DisabledAt != nil {
		// Only who knows the password learns of it.
		return SignedIn{}, wire.E(wire.CodeForbidden, "this account is disabled; ask the server's owner")
	}
	return s.signIn(ctx, user, c)
}

func both(a, b *wire.Error) *wire.Error {
	return &wire.Error{Code: wire.CodeValidation, Message: a.Message + "; " + b.Message, Issues: append(a.Issues, b.Issues...)}
}

func forbidden(field, message string) error {
	return &wire.Error{Code: wire.CodeForbidden, Message: message, Issues: []wire.Issue{{Field: field, Message: message}}}
}

// printable drops what a log or a page should not be given.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}
