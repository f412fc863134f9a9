package httpapi

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// TLS is the part of this program that ends TLS for connections which come
// without a proxy.
type TLS interface {
	// Ready says that https works for a host, a name or an address.
	Ready(host string) bool
	// Strict says that browsers may be told to use nothing but https for a
	// host (RFC 6797).
	Strict(host string) bool
	// Answer is what an ACME server wants to read at http://HOST/PATH
	// (RFC 8555 section 8.3); ok is false when nothing.
	Answer(host, path string) (body string, ok bool)
}

// strictTransport is for thirty days: long enough between two visits, short
// enough for who gives TLS up again.
const strictTransport = "max-age=2592000"

// challengePath is where ACME servers look (RFC 8555 section 8.3).
const challengePath = "/.well-known/acme-challenge/"

// plain is asked before the table where this server has a TLS port. Pages that
// were asked for without TLS are sent to the public address, once https works
// there; calls, health and version are answered, for programs of the
// operator's own, and so is all that comes from this very machine. What a
// proxy has brought is between it and the browser.
func (s *Server) plain(c *fiber.Ctx) error {
	if m := c.Method(); m != fiber.MethodGet && m != fiber.MethodHead {
		return c.Next()
	}
	path, p := c.Path(), s.peerOf(c)
	if strings.HasPrefix(path, challengePath) {
		if body, ok := s.deps.TLS.Answer(p.hostname(), path); ok {
			c.Locals(routeKey, "acme")
			c.Set(fiber.HeaderCacheControl, "no-store")
			c.Set(fiber.HeaderContentType, fiber.MIMETextPlain)
			return c.SendString(body)
		}
	}
	switch {
	case path == "/health" || path == "/version" || path == "/metrics", path == "/v1" || strings.HasPrefix(path, "/v1/"):
		return c.Next()
	case p.secure || p.local || s.brought(c):
		return c.Next()
	}
	public, err := url.Parse(s.cfg.PublicURL)
	if err != nil || public.Scheme != "https" || !s.deps.TLS.Ready(public.Hostname()) || endedBefore(c, p, public) {
		return c.Next()
	}
	c.Locals(routeKey, "web")
	c.Set(fiber.HeaderCacheControl, "no-store")
	// Its own path, which begins with a slash: what was sent may be anything.
	return c.Redirect("https://"+public.Host+string(c.Request().URI().RequestURI()), fiber.StatusTemporaryRedirect)
}

// endedBefore says that somebody in front has ended TLS and tells nothing of it:
// to send such a request to where it came from would go round for ever. Browsers
// name a request's circumstances only to pages that they asked for over https
// (Fetch Metadata section 3), local ones aside, and a port that is not plain
// HTTP's own only when they asked there.
func endedBefore(c *fiber.Ctx, p peer, public *url.URL) bool {
	if c.Get("Sec-Fetch-Mode") != "" {
		return true
	}
	_, port, err := net.SplitHostPort(p.host)
	return err == nil && strings.EqualFold(p.hostname(), public.Hostname()) && (port == public.Port() || port == "443" && public.Port() == "")
}

// brought says that a proxy, trusted or not, has passed a request on.
func (s *Server) brought(c *fiber.Ctx) bool {
	for _, h := range forwarded {
		if c.Get(h) != "" {
			return true
		}
	}
	addr, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	return s.trusted(addr.Unmap())
}
