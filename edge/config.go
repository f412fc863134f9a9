package edge

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Config is what an operator may set of the TLS port.
type Config struct {
	// Addr is host:port of the TLS port; it is used when there is a
	// certificate.
	Addr string
	// Names are the public names to get a certificate for by ACME (RFC 8555).
	Names []string
	// Email is what the ACME server may write to; it may be empty.
	Email string
	// ACMEDirectory is the ACME server's directory, an https URL.
	ACMEDirectory string
	// ACMERoots is a PEM file of the roots that the ACME server's own
	// certificate is checked by; empty: the system's.
	ACMERoots string
	// Cert and Key are PEM files of a certificate chain and its key.
	Cert, Key string
	// SelfSigned is "on" for a certificate that this program makes itself.
	SelfSigned string
}

// LetsEncrypt is the default ACME server.
const LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

// Defaults returns the defaults: no certificate, and so no TLS port.
func Defaults() Config {
	return Config{Addr: ":443", ACMEDirectory: LetsEncrypt, SelfSigned: "off"}
}

// Source is where the certificate comes from.
type Source string

// The sources of certificates.
const (
	SourceNone       Source = ""
	SourceACME       Source = "acme"
	SourceFiles      Source = "files"
	SourceSelfSigned Source = "self-signed"
)

// Source returns the one that a valid Config has.
func (c Config) Source() Source {
	switch {
	case len(c.Names) > 0:
		return SourceACME
	case c.Cert != "" || c.Key != "":
		return SourceFiles
	case c.SelfSigned == "on":
		return SourceSelfSigned
	}
	return SourceNone
}

// Validate says in one line what cannot work.
func (c Config) Validate() error {
	files := c.Cert != "" || c.Key != ""
	switch {
	case len(c.Names) > 0 && files:
		return errors.New("tls.names and tls.cert are both set; give names to get a certificate by ACME, or files that have one")
	case len(c.Names) > 0 && c.SelfSigned == "on":
		return errors.New("tls.names is set and tls.selfSigned is on; give one source of a certificate")
	case files && c.SelfSigned == "on":
		return errors.New("tls.cert is set and tls.selfSigned is on; give one source of a certificate")
	case c.Cert == "" && c.Key != "":
		return fmt.Errorf("tls.cert: empty is not accepted beside tls.key %q; give the PEM file of the certificate", c.Key)
	case c.Key == "" && c.Cert != "":
		return fmt.Errorf("tls.key: empty is not accepted beside tls.cert %q; give the PEM file of its key", c.Cert)
	case len(c.Names) == 0 && c.Email != "":
		return fmt.Errorf("tls.email: %q is not accepted without tls.names; give the names to get a certificate for", c.Email)
	case len(c.Names) == 0 && c.ACMERoots != "":
		return fmt.Errorf("tls.acmeRoots: %q is not accepted without tls.names; give the names to get a certificate for", c.ACMERoots)
	}
	for _, name := range c.Names {
		if !isDNSName(name) {
			return fmt.Errorf("tls.names: %q is not accepted; give names such as talk.example.org, without a scheme, a port or a *", name)
		}
	}
	if len(c.Names) > 0 {
		if u, err := url.Parse(c.ACMEDirectory); err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("tls.acmeDirectory: %q is not accepted; give the https URL of an ACME directory", c.ACMEDirectory)
		}
		if c.Email != "" && (strings.Count(c.Email, "@") != 1 || strings.ContainsAny(c.Email, " ,:<>")) {
			return fmt.Errorf("tls.email: %q is not accepted; give one address such as admin@example.org, or nothing", c.Email)
		}
	}
	return nil
}

// isDNSName says whether s can be the name in a certificate that ACME gives
// without a challenge in the DNS.
func isDNSName(s string) bool {
	if len(s) == 0 || len(s) > 253 {
		return false
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return false
	}
	for label := range strings.SplitSeq(strings.ToLower(s), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// PublicURL is the address that people open when Names are set and nobody has
// said otherwise: the first name, with the port unless that is 443.
func (c Config) PublicURL() string {
	if len(c.Names) == 0 {
		return ""
	}
	host := strings.ToLower(c.Names[0])
	if _, port, err := net.SplitHostPort(c.Addr); err == nil && port != "443" && port != "0" && port != "https" {
		host = net.JoinHostPort(host, port)
	}
	return "https://" + host
}
