package edge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"
)

// CertificateOptions are what the program gives beside the settings.
type CertificateOptions struct {
	// Dir is a folder for what is to be kept: the ACME account, certificates
	// and keys. It is made when missing.
	Dir string
	// Names are names and addresses, beside this machine's own, that a
	// self-signed certificate is to be good for.
	Names []string
	// TLSAddr and HTTPAddr are the addresses that the TLS port and the plain
	// one listen on, host:port: ACME servers reach them from outside by 443
	// and 80.
	TLSAddr, HTTPAddr string
	// Log takes what an operator should know; nil discards.
	Log *slog.Logger

	// every is how often files and times are looked at; 0: the default.
	every time.Duration
	// renewAt is the part of a certificate's time, of all of it, that is left
	// when it is renewed by ACME; 0: the default.
	renewAt float64
	// roots are those that browsers believe; nil: the system's.
	roots *x509.CertPool
}

// Certificates are where handshakes get theirs from. All methods may be called
// at any time from any goroutine.
type Certificates struct {
	cfg  Config
	opt  CertificateOptions
	log  *slog.Logger
	acme *acmeSource // nil: another source
	// held is the certificate of the other sources.
	held atomic.Pointer[tls.Certificate]
	// run is what has to go on: renewals and looking at files.
	run      func(context.Context)
	believed beliefs
}

// OpenCertificates makes the source that cfg, which is valid, names. Files
// that cannot be used are an error; an ACME server is first asked by Run.
func OpenCertificates(cfg Config, opt CertificateOptions) (*Certificates, error) {
	c := &Certificates{cfg: cfg, opt: opt, log: opt.Log, believed: beliefs{roots: opt.roots}}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	var err error
	switch cfg.Source() {
	case SourceACME:
		c.acme, err = newACME(cfg, opt, c.log)
		if err == nil {
			c.run = c.acme.run
		}
	case SourceFiles:
		var f *files
		f, err = newFiles(c)
		if err == nil {
			c.run = f.run
		}
	case SourceSelfSigned:
		var s *selfSigned
		s, err = newSelfSigned(c)
		if err == nil {
			c.run = s.run
		}
	default:
		err = errors.New("edge: no source of a certificate is set")
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Run obtains and renews until ctx ends, and may be called once. Its trouble
// is logged and tried again: the certificate that there is stays in use.
func (c *Certificates) Run(ctx context.Context) { c.run(ctx) }

// Close is for when there is no more use for any; Run has ended by then.
func (c *Certificates) Close() {
	if c.acme != nil {
		c.acme.close()
	}
}

// get is package tls's GetCertificate.
func (c *Certificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if c.acme != nil {
		cert, err := c.acme.get(hello)
		if err != nil {
			return nil, &noCertificateError{err}
		}
		return cert, nil
	}
	return c.held.Load(), nil
}

// pair is the certificate for host, with its chain, or for anybody when host is
// empty; nil while there is none. It has its leaf.
func (c *Certificates) pair(host string) *tls.Certificate {
	if c.acme != nil {
		return c.acme.pair(host)
	}
	return c.held.Load()
}

// leaf is the same without its chain.
func (c *Certificates) leaf(host string) *x509.Certificate {
	if pair := c.pair(host); pair != nil {
		return pair.Leaf
	}
	return nil
}

// Source says where the certificates come from.
func (c *Certificates) Source() Source { return c.cfg.Source() }

// Ready says that there is a certificate for host, a name or an address.
func (c *Certificates) Ready(host string) bool {
	leaf := c.leaf(host)
	return leaf != nil && leaf.VerifyHostname(host) == nil
}

// Strict says that browsers may be told to use nothing but https for host
// (RFC 6797): it is a public name, and the certificate one that they believe. Of
// one that they do not they let people past the warning, and with that rule they
// would not (RFC 6797 section 12.1).
func (c *Certificates) Strict(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || c.Source() == SourceSelfSigned || !strings.Contains(host, ".") || !c.Ready(host) {
		return false
	}
	if c.acme != nil && c.cfg.ACMEDirectory == LetsEncrypt {
		return true
	}
	pair := c.pair(host)
	return pair != nil && c.believed.in(pair)
}

// NameFor returns what a client that reached the server by host, a name or an
// address, should call it in a handshake that is checked: host itself when the
// certificate is good for it, else the certificate's first name. It is empty
// while there is no certificate, and always for a self-signed one: clients
// that check have no way to be told to trust it.
func (c *Certificates) NameFor(host string) string {
	host = strings.Trim(host, "[]")
	if c.Source() == SourceSelfSigned {
		return ""
	}
	if c.Ready(host) {
		return host
	}
	leaf := c.leaf("")
	switch {
	case leaf == nil:
		return ""
	case len(leaf.DNSNames) > 0 && !strings.HasPrefix(leaf.DNSNames[0], "*"):
		return leaf.DNSNames[0]
	case len(leaf.IPAddresses) > 0:
		return leaf.IPAddresses[0].String()
	}
	return ""
}

// Expires is when the certificate, or the first of several, ends; the zero
// Time while there is none.
func (c *Certificates) Expires() time.Time {
	names := []string{""}
	if c.acme != nil {
		names = c.cfg.Names
	}
	var first time.Time
	for _, name := range names {
		if leaf := c.leaf(name); leaf != nil && (first.IsZero() || leaf.NotAfter.Before(first)) {
			first = leaf.NotAfter
		}
	}
	return first
}

// Answer returns the body that an ACME server wants to see at http://HOST/PATH
// (http-01, RFC 8555 section 8.3); ok is false when none is asked for there.
func (c *Certificates) Answer(host, path string) (body string, ok bool) {
	if c.acme == nil {
		return "", false
	}
	return c.acme.answer(host, path)
}

// Fingerprint is the SHA-256 of the certificate as browsers show it: pairs of
// capital hex digits with colons between them. Empty while there is none.
func (c *Certificates) Fingerprint() string {
	leaf := c.leaf("")
	if leaf == nil {
		return ""
	}
	return fingerprint(leaf.Raw)
}
