package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"testing"
	"time"
)

// authority signs certificates for one test.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "an authority"}, NotBefore: day(-1000), NotAfter: day(1000), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	return a
}

// day is the start of the tests' time plus n days.
func day(n int) time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func (a *authority) sign(c *x509.Certificate, by *authority) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) leaf(name string, from, until time.Time) *x509.Certificate {
	c, _ := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: from, NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a)
	return c
}

func TestJudgeChain(t *testing.T) {
	a := newAuthority(t)
	between := &authority{t: t}
	between.cert, between.key = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "one between"}, NotBefore: day(-500), NotAfter: day(500), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, a)
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	const name = "talk.example.org"
	good := a.leaf(name, day(-10), day(80))
	for _, c := range []struct {
		what  string
		chain []*x509.Certificate
		name  string
		state State
		want  string
	}{
		{"good", []*x509.Certificate{good}, name, OK, "good until"},
		{"of another name", []*x509.Certificate{good}, "other.example.org", Problem, "not for other.example.org"},
		{"expired", []*x509.Certificate{a.leaf(name, day(-90), day(-1))}, name, Problem, "has expired on"},
		{"of the future", []*x509.Certificate{a.leaf(name, day(1), day(90))}, name, Problem, "clock"},
		{"nearly over", []*x509.Certificate{a.leaf(name, day(-88), day(2))}, name, Problem, "three days"},
		{"not renewed", []*x509.Certificate{a.leaf(name, day(-80), day(10))}, name, Warning, "renewed"},
		{"short-lived", []*x509.Certificate{a.leaf(name, day(-1), day(6))}, name, OK, "good until"},
		{"without what is between", []*x509.Certificate{between.leaf(name, day(-1), day(80))}, name, Problem, "intermediates"},
		{"with what is between", []*x509.Certificate{between.leaf(name, day(-1), day(80)), between.cert}, name, OK, "one between"},
		{"by nobody known", []*x509.Certificate{newAuthority(t).leaf(name, day(-1), day(80))}, name, Problem, "does not trust"},
		{"none", nil, name, Problem, "no certificate"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if f := judgeChain(c.chain, c.name, day(0), roots); f.State != c.state || !strings.Contains(f.What+f.Why+f.Do, c.want) {
				t.Errorf("%+v", f)
			}
		})
	}
}
