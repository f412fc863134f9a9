package edge

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePair writes a certificate for names and its key, as PEM.
func writePair(t *testing.T, cert, key string, serial int64, names ...string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := writeWhole(file, pem.EncodeToMemory(block)); err != nil {
			t.Fatal(err)
		}
	}
}

// serial is the number of the certificate that the TLS port shows.
func (b *bed) serial() int64 {
	b.t.Helper()
	conn, err := tls.Dial("tcp", b.tls, &tls.Config{InsecureSkipVerify: true, ServerName: "talk.example.org"})
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	cfg := Defaults()
	cfg.Cert, cfg.Key = cert, key
	if _, err := OpenCertificates(cfg, CertificateOptions{}); err == nil || !strings.Contains(err.Error(), "tls.cert: "+cert) {
		t.Errorf("without files: %v", err)
	}
	writePair(t, cert, filepath.Join(dir, "other.pem"), 1, "talk.example.org")
	writePair(t, filepath.Join(dir, "other-cert.pem"), key, 2, "talk.example.org")
	if _, err := OpenCertificates(cfg, CertificateOptions{}); err == nil || !strings.Contains(err.Error(), "tls.key "+key) || strings.Contains(err.Error(), "\n") {
		t.Errorf("with another's key: %v", err)
	}
	writePair(t, cert, key, 3, "talk.example.org", "*.example.net")
	b := newBed(t, bedOptions{cfg: cfg, certs: func(o *CertificateOptions) { o.every = 10 * time.Millisecond }})
	if got := b.serial(); got != 3 {
		t.Fatalf("certificate %d", got)
	}
	for host, want := range map[string]string{
		"talk.example.org": "talk.example.org", "TALK.example.org": "TALK.example.org", "a.example.net": "a.example.net",
		"192.0.2.1": "talk.example.org", "[2001:db8::1]": "talk.example.org", "elsewhere.example": "talk.example.org", "": "talk.example.org",
	} {
		if got := b.certs.NameFor(host); got != want {
			t.Errorf("the name for %q is %q, want %q", host, got, want)
		}
	}
	if !b.certs.Ready("talk.example.org") || b.certs.Ready("elsewhere.example") {
		t.Error("it is good for the wrong names")
	}
	if left := time.Until(b.certs.Expires()); left < 50*time.Minute || left > time.Hour {
		t.Errorf("it ends in %s", left)
	}

	// A pair that cannot be used changes nothing.
	if err := os.WriteFile(cert, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the log tells", func() bool { return strings.Contains(b.log.String(), "the old one stays") })
	if got := b.serial(); got != 3 {
		t.Errorf("certificate %d after a bad one", got)
	}
	writePair(t, cert, key, 4, "talk.example.org")
	waitFor(t, "the new certificate is in use", func() bool { return b.serial() == 4 })
}

func TestSelfSigned(t *testing.T) {
	dir := t.TempDir()
	cfg := Defaults()
	cfg.SelfSigned = "on"
	open := func(names ...string) *Certificates {
		t.Helper()
		c, err := OpenCertificates(cfg, CertificateOptions{Dir: dir, Names: names})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := open("lan.example", "192.0.2.9")
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "lan.example", "192.0.2.9"} {
		if !c.Ready(name) {
			t.Errorf("it is not good for %s", name)
		}
	}
	if c.NameFor("lan.example") != "" || c.Strict("lan.example") {
		t.Error("clients that check are sent to it")
	}
	print := c.Fingerprint()
	if len(print) != 32*3-1 {
		t.Errorf("fingerprint %q", print)
	}
	info, err := os.Stat(filepath.Join(dir, "self-signed.pem"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
	if again := open("192.0.2.9", "lan.example"); again.Fingerprint() != print {
		t.Error("it is another after a new start")
	}
	if other := open("lan.example", "192.0.2.10"); other.Fingerprint() == print || !other.Ready("192.0.2.10") {
		t.Error("it is the same although an address is new")
	}

	s := &selfSigned{c: open("lan.example"), now: func() time.Time { return time.Now().Add(selfSignedTime - selfSignedLeft + time.Hour) },
		file: filepath.Join(dir, "self-signed.pem"), names: func() []string { return []string{"localhost"} }}
	if s.lacking() == "" {
		t.Error("it is not renewed before its end")
	}
	if err := s.renew(); err != nil || s.lacking() != "" {
		t.Errorf("renewed: %v, lacking %q", err, s.lacking())
	}
	if err := os.WriteFile(filepath.Join(dir, "self-signed.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := open(); !c.Ready("localhost") {
		t.Error("a broken file is not replaced")
	}
}

// TestSelfSignedRenews holds that a running server takes the new one.
func TestSelfSignedRenews(t *testing.T) {
	b := newBed(t, bedOptions{certs: func(o *CertificateOptions) { o.every = 10 * time.Millisecond }})
	was := b.certs.Fingerprint()
	old := *b.certs.held.Load()
	leaf := *old.Leaf
	leaf.NotAfter = time.Now().Add(time.Hour)
	old.Leaf = &leaf
	b.certs.held.Store(&old)
	waitFor(t, "another certificate is in use", func() bool { return b.certs.Fingerprint() != was })
	if _, err := b.get(""); err != nil {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	with := func(f func(*Config)) Config {
		c := Defaults()
		f(&c)
		return c
	}
	for want, c := range map[string]Config{
		"tls.names and tls.cert":         with(func(c *Config) { c.Names, c.Cert, c.Key = []string{"a.example"}, "c", "k" }),
		"tls.names is set":               with(func(c *Config) { c.Names, c.SelfSigned = []string{"a.example"}, "on" }),
		"tls.cert is set":                with(func(c *Config) { c.Cert, c.Key, c.SelfSigned = "c", "k", "on" }),
		"tls.cert: empty":                with(func(c *Config) { c.Key = "k" }),
		"tls.key: empty":                 with(func(c *Config) { c.Cert = "c" }),
		"tls.email":                      with(func(c *Config) { c.Email = "a@example.org" }),
		`tls.email: "nobody"`:            with(func(c *Config) { c.Names, c.Email = []string{"a.example"}, "nobody" }),
		"tls.acmeRoots":                  with(func(c *Config) { c.ACMERoots = "r" }),
		"tls.acmeDirectory":              with(func(c *Config) { c.Names, c.ACMEDirectory = []string{"a.example"}, "http://x" }),
		`tls.names: "*.example.org"`:     with(func(c *Config) { c.Names = []string{"*.example.org"} }),
		`tls.names: "192.0.2.1"`:         with(func(c *Config) { c.Names = []string{"192.0.2.1"} }),
		`tls.names: "https://a.example"`: with(func(c *Config) { c.Names = []string{"https://a.example"} }),
		`tls.names: "a.example:443"`:     with(func(c *Config) { c.Names = []string{"b.example", "a.example:443"} }),
	} {
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
	for source, c := range map[Source]Config{
		SourceNone:       Defaults(),
		SourceACME:       with(func(c *Config) { c.Names = []string{"talk.example.org", "localhost"} }),
		SourceFiles:      with(func(c *Config) { c.Cert, c.Key = "c", "k" }),
		SourceSelfSigned: with(func(c *Config) { c.SelfSigned = "on" }),
	} {
		if err := c.Validate(); err != nil || c.Source() != source {
			t.Errorf("%+v: %q, %v", c, c.Source(), err)
		}
	}
	for addr, want := range map[string]string{":443": "https://talk.example.org", ":8443": "https://talk.example.org:8443", "127.0.0.1:0": "https://talk.example.org"} {
		if got := with(func(c *Config) { c.Names, c.Addr = []string{"Talk.example.org"}, addr }).PublicURL(); got != want {
			t.Errorf("%s is %s", addr, got)
		}
	}
}
