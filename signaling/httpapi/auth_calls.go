package httpapi

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func (s *Server) authMode(c *call) error { return c.JSON(s.deps.Auth.Mode(c.ctx, c.client())) }

func (s *Server) register(c *call) error {
	var body wire.Register
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	in, err := s.deps.Auth.Register(c.ctx, body, c.client())
	if err != nil {
		return err
	}
	return c.signedIn(fiber.StatusCreated, in)
}

func (s *Server) login(c *call) error {
	var body wire.Login
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	in, err := s.deps.Auth.Login(c.ctx, body, c.client())
	if err != nil {
		return err
	}
	return c.signedIn(fiber.StatusOK, in)
}

func (s *Server) guest(c *call) error {
	var body wire.Guest
	if err := decode(c.Request().Body(), &body); err != nil {
		return err
	}
	in, err := s.deps.Auth.Guest(c.ctx, body, c.client())
	if err != nil {
		return err
	}
	return c.signedIn(fiber.StatusCreated, in)
}

func (s *Server) refresh(c *call) error {
	in, err := s.deps.Auth.Refresh(c.ctx, c.who)
	if err != nil {
		return err
	}
	return c.signedIn(fiber.StatusOK, in)
}

func (s *Server) logout(c *call) error {
	err := s.endSession(c, c.who.SessionID)
	// Signed out by another request a moment ago is signed out.
	var coded *wire.Error
	if err != nil && !(errors.As(err, &coded) && coded.Code == wire.CodeNotFound) {
		return err
	}
	c.Cookie(&fiber.Cookie{Name: cookieName, Path: "/", Expires: time.Unix(1, 0), HTTPOnly: true,
		SameSite: fiber.CookieSameSiteLaxMode, Secure: c.peer.secure})
	return c.JSON(wire.OK{OK: true})
}

func (s *Server) me(c *call) error { return c.JSON(wire.Me{User: c.who.User}) }

// The limit of tickets for one session: a client that cannot stay connected
// backs off long before.
const (
	ticketBurst = 30
	ticketEvery = 2 * time.Second
)

func (s *Server) wsTicket(c *call) error {
	if err := s.limits.Take("ticket:"+c.who.SessionID, ticketBurst, ticketEvery); err != nil {
		return err
	}
	return c.JSON(s.deps.Auth.NewTicket(c.who))
}

func (s *Server) sso(*call) error {
	return wire.E(wire.CodeSsoUnavailable, "signing in elsewhere is not set up on this server; use a name and a password")
}
