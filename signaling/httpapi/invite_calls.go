package httpapi

import (
	"bytes"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// The limit of invites that one user makes.
const (
	inviteBurst = 30
	inviteEvery = 20 * time.Second
)

// inviteBody is wire.NewInvite with the time as it was written, so that a bad
// one can be named.
type inviteBody struct {
	MaxUses   *int    `json:"maxUses"`
	ExpiresAt *string `json:"expiresAt"`
}

func (s *Server) createInvite(c *call) error {
	var body inviteBody
	if raw := c.Request().Body(); len(bytes.TrimSpace(raw)) > 0 {
		if err := decode(raw, &body); err != nil {
			return err
		}
	}
	n := wire.NewInvite{MaxUses: body.MaxUses}
	if body.ExpiresAt != nil {
		at, err := time.Parse(time.RFC3339, *body.ExpiresAt)
		if err != nil {
			return wire.Invalid("expiresAt", "give an RFC 3339 time such as 2030-01-31T12:00:00Z")
		}
		t := wire.At(at)
		n.ExpiresAt = &t
	}
	if err := s.limits.Take("invite:"+c.who.User.ID, inviteBurst, inviteEvery); err != nil {
		return err
	}
	invite, err := s.deps.Auth.NewInvite(c.ctx, c.who, n, c.client())
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(wire.InviteAnswer{Invite: invite})
}

func (s *Server) listInvites(c *call) error {
	list, err := s.deps.Auth.Invites(c.ctx, c.who, c.client())
	if err != nil {
		return err
	}
	return c.JSON(wire.Invites{Invites: list})
}

func (s *Server) deleteInvite(c *call) error {
	if err := s.deps.Auth.DeleteInvite(c.ctx, c.who, c.Params("code")); err != nil {
		return err
	}
	return c.JSON(wire.OK{OK: true})
}
