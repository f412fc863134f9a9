package httpapi

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// secure sets the headers that every answer carries.
func (s *Server) secure(c *fiber.Ctx) {
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin") // an address may hold an invite's code
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderPermissionsPolicy, "microphone=(self), camera=(self), display-capture=(self), speaker-selection=(self), autoplay=(self), geolocation=(), payment=(), usb=()")
	p := s.peerOf(c)
	c.Set(fiber.HeaderContentSecurityPolicy, contentPolicy(p.host))
	if s.deps.TLS != nil && c.Context().IsTLS() && s.deps.TLS.Strict(p.hostname()) {
		c.Set(fiber.HeaderStrictTransportSecurity, strictTransport)
	}
}

// contentPolicy lets the page load what this server serves and nothing else.
// The WebSocket's addresses are written out because not every browser takes
// 'self' for ws: and wss: (CSP level 3 section 6.7.2.8).
func contentPolicy(host string) string {
	connect := "'self'"
	if plainHost(host) {
		connect += " ws://" + host + " wss://" + host
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
		"media-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; connect-src " + connect +
		"; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

// plainHost reports whether a Host header is only letters, digits and what
// addresses and ports are written with: it goes into a header of ours.
func plainHost(host string) bool {
	return host != "" && len(host) < 256 && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") == ""
}
