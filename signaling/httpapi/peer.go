package httpapi

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// peer is where a request came from and what it believes to have reached.
type peer struct {
	ip     string // the client's address; behind a trusted proxy, what that says
	host   string // host[:port] that the client named, in lower case
	secure bool   // the client came by https
	// local: from this very machine, through no proxy, by a local name.
	local bool
}

// forwarded are the headers that tell of a proxy, trusted or not.
var forwarded = []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via"}

func (s *Server) peerOf(c *fiber.Ctx) peer {
	addr, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	addr = addr.Unmap()
	p := peer{host: strings.ToLower(string(c.Request().Host())), secure: c.Context().IsTLS()}
	// Only what names this machine by a local name and came directly is local:
	// a proxy on this machine brings strangers, and so does another site whose
	// name was made to resolve to 127.0.0.1.
	p.local = addr.IsLoopback() && isLocalName(p.hostname())
	for _, h := range forwarded {
		p.local = p.local && c.Get(h) == ""
	}
	proxied := s.trusted(addr)
	if proxied {
		addr = s.clientBehind(addr, c.Get("X-Forwarded-For"))
		if proto, _, _ := strings.Cut(c.Get("X-Forwarded-Proto"), ","); strings.TrimSpace(proto) == "https" {
			p.secure = true
		}
		if host, _, _ := strings.Cut(c.Get("X-Forwarded-Host"), ","); host != "" {
			p.host = strings.ToLower(strings.TrimSpace(host))
		}
	}
	// A proxy that ends TLS need not say so: the public address does. Where this
	// server ends TLS itself, what comes without it has none.
	if u, err := url.Parse(s.cfg.PublicURL); err == nil && u.Scheme == "https" && strings.EqualFold(u.Host, p.host) && (proxied || s.deps.TLS == nil) {
		p.secure = true
	}
	p.ip = addr.String()
	return p
}

func (s *Server) trusted(addr netip.Addr) bool {
	for _, net := range s.proxies {
		if net.Contains(addr) {
			return true
		}
	}
	return false
}

// clientBehind reads X-Forwarded-For from its end: each proxy adds whom it got
// the request from, so the first that is no proxy of ours is the client, and
// whatever stands before it anybody may have written.
func (s *Server) clientBehind(proxy netip.Addr, header string) netip.Addr {
	addr := proxy
	hops := strings.Split(header, ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
		if !s.trusted(addr) {
			break
		}
	}
	return addr
}

// hostname is the host without its port and without an IPv6 address's brackets.
func (p peer) hostname() string {
	if h, _, err := net.SplitHostPort(p.host); err == nil {
		return h
	}
	return strings.Trim(p.host, "[]")
}

// baseURL is the address that the client reached the server by.
func (p peer) baseURL() string {
	if p.secure {
		return "https://" + p.host
	}
	return "http://" + p.host
}

func isLocalName(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// ownOrigin reports whether a page of that origin (RFC 6454) is ours: it has
// the host that the request names, or the public one. The scheme is left out,
// because a proxy that ends TLS need not say so.
func (s *Server) ownOrigin(origin string, p peer) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return false // "null" too
	}
	from := bareHost(u.Scheme, u.Host)
	if from == bareHost(u.Scheme, p.host) {
		return true
	}
	pub, err := url.Parse(s.cfg.PublicURL)
	return err == nil && pub.Host != "" && from == bareHost(pub.Scheme, pub.Host)
}

// bareHost drops the scheme's own port.
func bareHost(scheme, host string) string {
	host = strings.ToLower(host)
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}
