package edge

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"testing"
	"time"
)

// signed is a certificate and its key.
type signed struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// sign has by, or when that is nil the certificate's own key, sign one for
// names; without names it is an authority's.
func sign(t *testing.T, by *signed, names ...string) *signed {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: rand.Text()}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	if len(names) == 0 {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	}
	s := &signed{cert: template, key: key}
	if by == nil {
		by = s
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	if s.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return s
}

// write writes a chain and the key of its first certificate, as PEM.
func write(t *testing.T, certFile, keyFile string, chain ...*signed) {
	t.Helper()
	var text []byte
	for _, s := range chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw})...)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(chain[0].key)
	if err == nil {
		err = writeWhole(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
	}
	if err == nil {
		err = writeWhole(certFile, text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Browsers are bound to https only by certificates that they believe.
func TestStrict(t *testing.T) {
	const name = "talk.example.org"
	root, private := sign(t, nil), sign(t, nil)
	between := sign(t, root)
	roots := x509.NewCertPool()
	roots.AddCert(root.cert)
	for _, c := range []struct {
		what  string
		chain []*signed
		want  bool
	}{
		{"of a known authority", []*signed{sign(t, root, name)}, true},
		{"with what is between", []*signed{sign(t, between, name), between}, true},
		{"without what is between", []*signed{sign(t, between, name)}, false},
		{"of an authority of one's own", []*signed{sign(t, private, name), private}, false},
		{"signed by itself", []*signed{sign(t, nil, name)}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := t.TempDir()
			cfg := Defaults()
			cfg.Cert, cfg.Key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
			write(t, cfg.Cert, cfg.Key, c.chain...)
			certs, err := OpenCertificates(cfg, CertificateOptions{roots: roots})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time it is remembered
				if got := certs.Strict(name); got != c.want || !certs.Ready(name) {
					t.Errorf("strict: %v, want %v", got, c.want)
				}
			}
			for _, other := range []string{"elsewhere.example", "192.0.2.1", "localhost"} {
				if certs.Strict(other) {
					t.Errorf("strict for %s", other)
				}
			}
			// The system knows none of them.
			if certs, err = OpenCertificates(cfg, CertificateOptions{}); err != nil || certs.Strict(name) {
				t.Errorf("strict by the system's roots, %v", err)
			}
		})
	}
}
