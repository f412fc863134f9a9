package edge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
)

// acmeSource gets certificates by ACME (RFC 8555) and renews them when a third
// of their time is left, or when the server says so (RFC 9773).
type acmeSource struct {
	names []string
	cache *certmagic.Cache
	magic *certmagic.Config
	log   *slog.Logger
	once  sync.Once
}

func newACME(cfg Config, opt CertificateOptions, log *slog.Logger) (*acmeSource, error) {
	var roots *x509.CertPool
	if cfg.ACMERoots != "" {
		text, err := os.ReadFile(cfg.ACMERoots)
		if err != nil {
			return nil, fileError("tls.acmeRoots", cfg.ACMERoots, err)
		}
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("tls.acmeRoots: %s has no certificate; give a PEM file of roots", cfg.ACMERoots)
		}
	}
	s := &acmeSource{log: log}
	for _, name := range cfg.Names {
		s.names = append(s.names, strings.ToLower(name))
	}
	zap := newZap(log)
	s.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return s.magic, nil },
		RenewCheckInterval: opt.every, Logger: zap,
	})
	s.magic = certmagic.New(s.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: filepath.Join(opt.Dir, "acme")}, Logger: zap, OnEvent: s.event,
		// Who names nobody, or somebody else, reached this server all the same.
		DefaultServerName: s.names[0], FallbackServerName: s.names[0],
		RenewalWindowRatio: opt.renewAt, DisableARI: opt.renewAt != 0,
	})
	host, tlsPort := hostPort(opt.TLSAddr)
	_, httpPort := hostPort(opt.HTTPAddr)
	s.magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(s.magic, certmagic.ACMEIssuer{
		CA: cfg.ACMEDirectory, Email: cfg.Email, Agreed: true, TrustedRoots: roots, Logger: zap,
		// It would open these ports itself if nobody listened there.
		ListenHost: host, AltTLSALPNPort: tlsPort, AltHTTPPort: httpPort, DisableHTTPChallenge: httpPort == 0,
	})}
	return s, nil
}

// run obtains and renews until ctx ends. What is under way then ends with it,
// on goroutines of the library's own.
func (s *acmeSource) run(ctx context.Context) {
	if err := s.magic.ManageAsync(ctx, s.names); err != nil {
		s.log.Error("no certificate can be looked after", "err", err)
	}
	<-ctx.Done()
}

// close ends the library's looking after what it has.
func (s *acmeSource) close() { s.once.Do(s.cache.Stop) }

// event is certmagic's OnEvent.
func (s *acmeSource) event(_ context.Context, event string, data map[string]any) error {
	name, _ := data["identifier"].(string)
	renewal, _ := data["renewal"].(bool)
	switch event {
	case "cert_obtained":
		s.log.Info("there is a certificate", "name", name, "renewal", renewal)
	case "cert_failed":
		err, _ := data["error"].(error)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		says := "no certificate could be got, and https does not work for this name; it is tried again"
		if renewal {
			says = "a certificate could not be renewed; it is tried again"
		}
		s.log.Error(says, "name", name, "err", err,
			"check", "the name leads to this machine, and port 443, or 80, is reached from outside at tls.addr, or http.addr")
	}
	return nil
}

func (s *acmeSource) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return s.magic.GetCertificateWithContext(hello.Context(), hello)
}

// pair is the certificate of one of our names; any other is the first's.
func (s *acmeSource) pair(host string) *tls.Certificate {
	for _, name := range []string{strings.ToLower(host), s.names[0]} {
		var newest *tls.Certificate
		for _, cert := range s.cache.AllMatchingCertificates(name) {
			if leaf := cert.Leaf; leaf != nil && (newest == nil || leaf.NotAfter.After(newest.Leaf.NotAfter)) {
				newest = &cert.Certificate
			}
		}
		if newest != nil {
			return newest
		}
	}
	return nil
}

func (s *acmeSource) answer(host, path string) (string, bool) {
	chal, ok := certmagic.GetACMEChallenge(strings.ToLower(host))
	if !ok || chal.Type != "http-01" || path != chal.HTTP01ResourcePath() {
		return "", false
	}
	return chal.KeyAuthorization, true
}

// hostPort takes host:port apart; the port is 0 when there is none.
func hostPort(addr string) (string, int) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0
	}
	port, _ := strconv.Atoi(text)
	return host, port
}

// fileError names the setting, the file and what is the matter with it.
func fileError(key, file string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return fmt.Errorf("%s: %s: %w; give a file that this user may read", key, file, err)
}

// checkEvery is how often files, times and addresses are looked at.
const checkEvery = 10 * time.Second
