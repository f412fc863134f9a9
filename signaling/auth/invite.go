package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// maxInviteUses is the largest maxUses.
const maxInviteUses = 10000

// inviteCode is the code as it is stored; what cannot be one is kept apart
// from "no invite given".
func inviteCode(raw string) string {
	if code := foldCode(raw); code != "" {
		return code
	}
	return "?"
}

// NewInvite makes an invite in the user's name. ValidationError names what is
// out of range.
func (s *Service) NewInvite(ctx context.Context, who Identity, n wire.NewInvite, c Client) (wire.Invite, error) {
	if n.MaxUses != nil && (*n.MaxUses < 1 || *n.MaxUses > maxInviteUses) {
		return wire.Invite{}, wire.Invalid("maxUses", "give 1 to 10000, or nothing for no limit")
	}
	var expires *time.Time
	if n.ExpiresAt != nil && !n.ExpiresAt.IsZero() {
		at := n.ExpiresAt.Time
		if !at.After(s.now()) {
			return wire.Invite{}, wire.Invalid("expiresAt", "is in the past; give a time to come, or nothing for no limit")
		}
		if at.After(s.now().AddDate(10, 0, 0)) {
			return wire.Invite{}, wire.Invalid("expiresAt", "give a time within ten years, or nothing for no limit")
		}
		expires = &at
	}
	row, err := s.deps.Invites.CreateInvite(ctx, newCode(s.random), who.User.ID, n.MaxUses, expires)
	if err != nil {
		return wire.Invite{}, internal("storing invite", err)
	}
	return s.invite(row, c), nil
}

// Invites returns the user's own invites, for admins and up everybody's.
func (s *Service) Invites(ctx context.Context, who Identity, c Client) ([]wire.Invite, error) {
	rows, err := s.deps.Invites.ListInvites(ctx, ownOrAll(who))
	if err != nil {
		return nil, internal("listing invites", err)
	}
	list := make([]wire.Invite, len(rows))
	for i, r := range rows {
		list[i] = s.invite(r, c)
	}
	return list, nil
}

// DeleteInvite takes an invite back, one's own or, for admins and up,
// anybody's. NotFound otherwise.
func (s *Service) DeleteInvite(ctx context.Context, who Identity, code string) error {
	err := s.deps.Invites.DeleteInvite(ctx, inviteCode(code), ownOrAll(who))
	if errors.Is(err, ErrNotFound) {
		return wire.E(wire.CodeNotFound, "there is no such invite, or it is not yours")
	}
	if err != nil {
		return internal("removing invite", err)
	}
	return nil
}

func ownOrAll(who Identity) string {
	if who.User.Role.Rank() >= wire.RoleAdmin.Rank() {
		return ""
	}
	return who.User.ID
}

func (s *Service) invite(r Invite, c Client) wire.Invite {
	base := strings.TrimRight(s.cfg.PublicURL, "/")
	if base == "" {
		base = c.BaseURL
	}
	w := wire.Invite{Code: r.Code, URL: base + "/invite/" + r.Code, MaxUses: r.MaxUses, Uses: r.Uses}
	if r.ExpiresAt != nil {
		at := wire.At(*r.ExpiresAt)
		w.ExpiresAt = &at
	}
	return w
}
