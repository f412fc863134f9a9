package edge

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/netaddr"
)

const (
	// selfSignedTime is how long a certificate of our own is good: browsers
	// take none that is good for longer than about 13 months.
	selfSignedTime = 397 * 24 * time.Hour
	// selfSignedLeft is how much of it is left when another is made.
	selfSignedLeft = 30 * 24 * time.Hour
	// maxOwnNames bounds the addresses of a machine that has a great many.
	maxOwnNames = 64
)

// selfSigned makes certificates for this machine's names and addresses, signed
// by nobody else.
type selfSigned struct {
	c     *Certificates
	file  string
	every time.Duration
	now   func() time.Time
	names func() []string
}

func newSelfSigned(c *Certificates) (*selfSigned, error) {
	s := &selfSigned{c: c, file: filepath.Join(c.opt.Dir, "self-signed.pem"), every: c.opt.every, now: time.Now}
	s.names = func() []string { return ownNames(c.opt.Names) }
	if s.every == 0 {
		s.every = time.Minute
	}
	text, err := os.ReadFile(s.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fileError("tls.selfSigned", s.file, err)
	default:
		pair, err := tls.X509KeyPair(text, text)
		if err != nil {
			// It was ours to write, and is ours to replace.
			c.log.Warn("the kept certificate cannot be used, and another is made", "file", s.file, "err", err)
			break
		}
		if pair.Leaf == nil {
			pair.Leaf, _ = x509.ParseCertificate(pair.Certificate[0]) // X509KeyPair has parsed it
		}
		c.held.Store(&pair)
	}
	if s.lacking() != "" {
		if err := s.renew(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// lacking says why another certificate is needed; empty: it is not.
func (s *selfSigned) lacking() string {
	pair := s.c.held.Load()
	if pair == nil {
		return "there was none"
	}
	if pair.Leaf.NotAfter.Sub(s.now()) < selfSignedLeft {
		return "the old one ends soon"
	}
	for _, name := range s.names() {
		if lasts(name) && pair.Leaf.VerifyHostname(name) != nil {
			return "this machine is now also " + name
		}
	}
	return ""
}

// lasts says whether another certificate is made for a name that the kept one
// has not: browsers ask again about it. IPv6 addresses come and go by the day.
func lasts(name string) bool {
	ip, err := netip.ParseAddr(name)
	return err != nil || ip.Is4()
}

// run makes another certificate when one is needed.
func (s *selfSigned) run(ctx context.Context) {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		why := s.lacking()
		if why == "" {
			continue
		}
		if err := s.renew(); err != nil {
			s.c.log.Error("no new self-signed certificate could be made, and the old one stays", "err", err)
			continue
		}
		s.c.log.Warn("a new self-signed certificate is in use, and browsers will ask about it again", "why", why, "sha256", s.c.Fingerprint())
	}
}

// renew makes a certificate, keeps it in the file and puts it into use.
func (s *selfSigned) renew() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	now := s.now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Boltorezka, self-signed"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(selfSignedTime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, name := range s.names() {
		if ip, err := netip.ParseAddr(name); err == nil {
			template.IPAddresses = append(template.IPAddresses, net.IP(ip.AsSlice()))
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})...)
	if err := writeWhole(s.file, text); err != nil {
		return fmt.Errorf("tls.selfSigned: keeping the certificate: %w", err)
	}
	s.c.held.Store(&tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf})
	return nil
}

// writeWhole leaves the old file or the new one, whatever happens between.
func writeWhole(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	next := file + ".new"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return err
	}
	return os.Rename(next, file)
}

// ownNames are what this machine is reached by on its networks: localhost, its
// name, its addresses, and more.
func ownNames(more []string) []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	for _, name := range more {
		if ip, err := netip.ParseAddr(name); err == nil && ip.Zone() == "" || isDNSName(name) {
			names = append(names, strings.ToLower(name))
		}
	}
	if host, err := os.Hostname(); err == nil && isDNSName(host) {
		host = strings.ToLower(host)
		names = append(names, host)
		if !strings.Contains(host, ".") {
			names = append(names, host+".local") // RFC 6762
		}
	}
	ifs, _ := net.Interfaces() // without them the certificate is good for less
	for _, i := range ifs {
		addrs, err := i.Addrs()
		if err != nil || netaddr.Bridge(i.Name) {
			continue
		}
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err != nil {
				continue
			}
			if ip := p.Addr().Unmap(); ip.IsGlobalUnicast() {
				names = append(names, ip.WithZone("").String())
			}
		}
	}
	slices.Sort(names[3:])
	names = slices.Compact(names)
	return names[:min(len(names), maxOwnNames)]
}

// fingerprint is the SHA-256 of a certificate as browsers show it.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}
