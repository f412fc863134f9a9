package httpapi

import (
	"context"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// cookieName is the browser's session cookie.
const cookieName = "boltorezka_session"

// routeKey is where a request's route is noted for the metrics.
const routeKey = "boltorezka.route"

// call is one request that the table lets through.
type call struct {
	*fiber.Ctx
	ctx  context.Context // ends with the call's time or the server
	peer peer
	who  auth.Identity // zero when nobody is signed in
}

// client is the caller as auth sees it.
func (c *call) client() auth.Client {
	return auth.Client{RemoteIP: c.peer.ip, Local: c.peer.local, UserAgent: c.Get(fiber.HeaderUserAgent), BaseURL: c.peer.baseURL()}
}

// guarded wraps a row of the table: who is it, and may he.
func (s *Server) guarded(r route) fiber.Handler {
	return func(fc *fiber.Ctx) error {
		fc.Locals(routeKey, r.path)
		ctx, cancel := context.WithTimeout(s.base, callTimeout)
		defer cancel()
		c := &call{Ctx: fc, ctx: ctx, peer: s.peerOf(fc)}
		if strings.HasPrefix(r.path, "/v1/") {
			fc.Set(fiber.HeaderCacheControl, "no-store")
		}
		token, byCookie, err := credential(fc)
		if err != nil && r.who != public {
			return err
		}
		if changes(fc.Method()) {
			if err := s.sameSite(c, byCookie && r.who != public, token != "" && !byCookie); err != nil {
				return err
			}
		}
		if r.who != public {
			if err := s.identify(c, r.who, token); err != nil {
				return err
			}
		}
		return r.handle(c)
	}
}

// identify finds out who calls and whether the role suffices.
func (s *Server) identify(c *call, needed access, token string) error {
	if token == "" {
		if needed == optional {
			return nil
		}
		return wire.E(wire.CodeUnauthorized, "sign in first")
	}
	who, err := s.deps.Auth.Identify(c.ctx, token)
	var coded *wire.Error
	if needed == optional && errors.As(err, &coded) && coded.Code == wire.CodeUnauthorized {
		return nil
	}
	if err != nil {
		return err
	}
	if who.User.Role.Rank() < needed.rank() {
		return wire.E(wire.CodeForbidden, "your role is "+string(who.User.Role)+", which may not do this")
	}
	c.who = who
	return nil
}

// credential returns the session's token; a bearer token goes before a cookie.
func credential(c *fiber.Ctx) (token string, byCookie bool, err error) {
	if h := c.Get(fiber.HeaderAuthorization); h != "" {
		scheme, value, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", false, wire.E(wire.CodeUnauthorized, "Authorization: give Bearer and a token")
		}
		return strings.TrimSpace(value), false, nil
	}
	if v := c.Cookies(cookieName); v != "" {
		return v, true, nil
	}
	return "", false, nil
}

func changes(method string) bool {
	switch method {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return false
	}
	return true
}

// sameSite refuses what another site's page makes a browser send. A page
// cannot send a bearer token that it does not have, so those pass; a call with
// an Origin must come from our own pages, sign-in too (else a page could sign
// its visitor in as somebody else), and one that a cookie signs must say where
// it comes from.
func (s *Server) sameSite(c *call, byCookie, byBearer bool) error {
	if byBearer {
		return nil
	}
	if origin := c.Get(fiber.HeaderOrigin); origin != "" {
		if s.ownOrigin(origin, c.peer) {
			return nil
		}
		return wire.E(wire.CodeForbidden, "this call came from another site")
	}
	if byCookie && c.Get("Sec-Fetch-Site") != "same-origin" {
		return wire.E(wire.CodeForbidden, "a call that a cookie signs must carry Origin; other programs use Authorization: Bearer")
	}
	return nil
}

// signedIn answers a new or rotated session: with a cookie for browsers, told
// by their Origin, with the token for all others.
func (c *call) signedIn(status int, in auth.SignedIn) error {
	answer := wire.SignedIn{Token: in.Token, User: in.User}
	if c.Get(fiber.HeaderOrigin) != "" {
		answer.Token = ""
		c.Cookie(&fiber.Cookie{Name: cookieName, Value: in.Token, Path: "/", Expires: in.ExpiresAt,
			HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: c.peer.secure})
	}
	return c.Status(status).JSON(answer)
}
