package edge

import (
	"crypto/tls"
	"slices"
	"time"
)

// Protocols that a client may name in its handshake (ALPN, RFC 7301).
const (
	alpnHTTP = "http/1.1"
	alpnTURN = "stun.turn"  // RFC 7443
	alpnACME = "acme-tls/1" // RFC 8737
)

// plainAnswer is for browsers that were sent to http:// on the TLS port.
const plainAnswer = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: 45\r\n\r\n" +
	"This port speaks https: begin with https://.\n"

// tlsConfig is the server's side of every handshake.
func tlsConfig(certificates *Certificates, turn bool) *tls.Config {
	protocols := []string{alpnHTTP}
	if turn {
		protocols = append(protocols, alpnTURN)
	}
	if certificates.cfg.Source() == SourceACME {
		protocols = append(protocols, alpnACME)
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: protocols, GetCertificate: certificates.get}
	// A client that names only what we do not know may still say what we do:
	// its first bytes decide. Package tls would end the handshake.
	anything := cfg.Clone()
	anything.NextProtos = nil
	cfg.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if len(hello.SupportedProtos) > 0 && !slices.ContainsFunc(hello.SupportedProtos, func(p string) bool { return slices.Contains(protocols, p) }) {
			return anything, nil
		}
		return nil, nil
	}
	return cfg
}

// openTLS takes a connection through the handshake and finds out who speaks
// what it says first.
func (s *Server) openTLS(c *raw, port Port) (*told, Cause) {
	if cause := s.beginsTLS(c); cause != "" {
		return nil, cause
	}
	conn := tls.Server(c, s.tls)
	if err := conn.Handshake(); err != nil {
		return nil, causeOf(err)
	}
	if conn.ConnectionState().NegotiatedProtocol == alpnACME {
		s.count.acme.Add(1)
		c.closing.Store(true)
		_ = conn.Close() // the handshake was the answer
		return nil, ""
	}
	_ = c.SetDeadline(time.Now().Add(s.opt.firstTime))
	k, head, err := readFirst(conn, nil, maxFirst, classify)
	if err != nil {
		return nil, silence(err)
	}
	next := &told{conn: &secured{Conn: conn, under: c, head: head}}
	switch {
	case k == speaksHTTP && conn.ConnectionState().NegotiatedProtocol == alpnTURN:
		return nil, CauseProtocol
	case k == speaksHTTP && port.OnlyTURN:
		return nil, CauseNoHTTP
	case k == speaksHTTP:
		next.to, next.count = s.http, &s.count.http
	case k == speaksTURN && !s.opt.TURN:
		return nil, CauseNoTURN
	case k == speaksTURN:
		next.to, next.count = s.turn, &s.count.turn
	default:
		return nil, CauseProtocol
	}
	return next, ""
}

// beginsTLS looks at the first byte: what else comes to this port is told so,
// or counted by what it is.
func (s *Server) beginsTLS(c *raw) Cause {
	if _, err := c.peek(1, func([]byte) kind { return speaksOther }); err != nil {
		return goneOrSlow(err)
	}
	switch first := c.head[0]; {
	case first == tlsRecord:
		return ""
	case first != proxyV2[0] && (first < 'A' || first > 'Z'):
		return CauseNotTLS
	}
	k, err := c.peek(len(proxyV2), beginsProxy)
	if err != nil {
		return goneOrSlow(err)
	}
	if k == speaksOther {
		return CauseProxyUntrusted
	}
	if k, err = c.peek(maxFirst, classify); err == nil && k == speaksHTTP {
		c.answer(plainAnswer)
		return CausePlainHTTP
	}
	return CauseNotTLS
}

// goneOrSlow sorts the error of waiting for a handshake to begin.
func goneOrSlow(err error) Cause {
	if silence(err) == CauseSilent {
		return CauseHandshakeSlow
	}
	return CauseHandshakeGone
}
