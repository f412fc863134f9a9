package httpapi

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// access is who may make a call.
type access int

const (
	public    access = iota // anybody; a session is not looked at
	optional                // anybody; a session is looked at when there is one
	signedIn                // anybody with a session, guests too
	asMember                // accounts
	asAdmin                 // admins and the owner
	asOwner                 // the owner
	ownAccess               // the handler decides by whose the thing is; a session is needed
)

// rank is the least role of an access that needs a session.
func (a access) rank() int {
	switch a {
	case asMember:
		return wire.RoleMember.Rank()
	case asAdmin:
		return wire.RoleAdmin.Rank()
	case asOwner:
		return wire.RoleOwner.Rank()
	}
	return wire.RoleGuest.Rank()
}

type route struct {
	method string
	path   string
	who    access
	handle func(*call) error
}

// table is the one place that says which calls there are and who may make
// them. Which rooms somebody sees is in visible.
func (s *Server) table() []route {
	return []route{
		{fiber.MethodGet, "/health", public, s.health},
		{fiber.MethodGet, "/version", public, s.version},

		{fiber.MethodGet, "/v1/openapi.yaml", public, s.openAPI},
		{fiber.MethodGet, "/v1/asyncapi.yaml", public, s.asyncAPI},
		{fiber.MethodGet, "/v1/docs", public, s.docsPage},
		{fiber.MethodGet, "/v1/docs/:file", public, s.docsFile},

		{fiber.MethodGet, "/v1/auth/mode", public, s.authMode},
		{fiber.MethodPost, "/v1/auth/register", public, s.register},
		{fiber.MethodPost, "/v1/auth/login", public, s.login},
		{fiber.MethodPost, "/v1/auth/guest", public, s.guest},
		{fiber.MethodPost, "/v1/auth/refresh", signedIn, s.refresh},
		{fiber.MethodPost, "/v1/auth/logout", signedIn, s.logout},
		{fiber.MethodGet, "/v1/auth/me", signedIn, s.me},
		{fiber.MethodGet, "/v1/auth/ws-ticket", signedIn, s.wsTicket},
		{fiber.MethodGet, "/v1/auth/sso/start", public, s.sso},
		{fiber.MethodGet, "/v1/auth/sso/callback", public, s.sso},

		{fiber.MethodGet, "/v1/sessions", signedIn, s.listSessions},
		{fiber.MethodDelete, "/v1/sessions/:id", ownAccess, s.deleteSession},
		{fiber.MethodGet, "/v1/invites", asMember, s.listInvites},
		{fiber.MethodPost, "/v1/invites", asMember, s.createInvite},
		{fiber.MethodDelete, "/v1/invites/:code", ownAccess, s.deleteInvite},

		{fiber.MethodGet, "/v1/rooms", signedIn, s.listRooms},
		{fiber.MethodPost, "/v1/rooms", asAdmin, s.createRoom},
		{fiber.MethodGet, "/v1/rooms/tree", signedIn, s.roomTree},
		{fiber.MethodPatch, "/v1/rooms/:id", asAdmin, s.updateRoom},
		{fiber.MethodDelete, "/v1/rooms/:id", asAdmin, s.deleteRoom},
		{fiber.MethodGet, "/v1/rooms/:slug/messages", signedIn, s.listMessages},
		{fiber.MethodDelete, "/v1/rooms/:id/messages", asAdmin, s.clearMessages},
		{fiber.MethodPost, "/v1/room-categories", asAdmin, s.createCategory},
		{fiber.MethodPatch, "/v1/room-categories/:id", asAdmin, s.updateCategory},
		{fiber.MethodDelete, "/v1/room-categories/:id", asAdmin, s.deleteCategory},

		{fiber.MethodGet, "/v1/admin/users", asAdmin, s.listUsers},
		{fiber.MethodPost, "/v1/admin/users/:id/promote", asOwner, s.promote},

		{fiber.MethodPost, "/v1/voice/tests", signedIn, s.beginVoiceTest},
		{fiber.MethodPost, "/v1/voice/tests/:id/offer", signedIn, s.offerVoiceTest},
		{fiber.MethodDelete, "/v1/voice/tests/:id", signedIn, s.endVoiceTest},

		{fiber.MethodPost, "/v1/telemetry/web", optional, s.telemetryWeb},
		{fiber.MethodGet, "/v1/telemetry/summary", asAdmin, s.telemetrySummary},

		{fiber.MethodGet, "/v1/realtime/ws", public, s.realtime}, // the ticket says who
	}
}

// Routes are all calls, as "GET /v1/rooms/:id".
func (s *Server) Routes() (routes []string) {
	for _, r := range s.table() {
		routes = append(routes, r.method+" "+r.path)
	}
	return routes
}

func (s *Server) routes() {
	s.app.Use(s.observe)
	s.app.Use(func(c *fiber.Ctx) error {
		if len(c.Request().Body()) > maxBody {
			return fiber.ErrRequestEntityTooLarge
		}
		return c.Next()
	})
	if s.deps.TLS != nil {
		s.app.Use(s.plain)
	}
	table := s.table()
	for _, r := range table {
		s.app.Add(r.method, r.path, s.guarded(r))
		if r.method == fiber.MethodGet {
			s.app.Add(fiber.MethodHead, r.path, s.guarded(r))
		}
	}
	s.app.Use(func(c *fiber.Ctx) error { return s.unmatched(c, table) })
}

// unmatched answers what no row of the table is for: the web app outside of
// /v1, and the contract's errors inside.
func (s *Server) unmatched(c *fiber.Ctx, table []route) error {
	path := c.Path()
	if path == "/metrics" {
		// A scraper that is given the app's page believes that all is well.
		c.Locals(routeKey, "unmatched")
		return wire.E(wire.CodeNotFound, "metrics are on the operator's listener: see ops.addr")
	}
	api := path == "/v1" || strings.HasPrefix(path, "/v1/")
	if !api {
		c.Locals(routeKey, "web")
		if m := c.Method(); m != fiber.MethodGet && m != fiber.MethodHead {
			c.Set(fiber.HeaderAllow, "GET, HEAD")
			return wire.E(wire.CodeMethodNotAllowed, "this address can only be read")
		}
		return s.web.serve(c)
	}
	c.Locals(routeKey, "unmatched")
	var allowed []string
	for _, r := range table {
		if fiber.RoutePatternMatch(path, r.path) {
			allowed = append(allowed, r.method)
		}
	}
	if len(allowed) == 0 {
		return wire.E(wire.CodeNotFound, "there is no such address")
	}
	c.Set(fiber.HeaderAllow, strings.Join(allowed, ", "))
	return wire.E(wire.CodeMethodNotAllowed, "this address takes "+strings.Join(allowed, ", "))
}
