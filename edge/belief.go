package edge

import (
	"crypto/tls"
	"crypto/x509"
	"sync"
)

// maxBeliefs bounds what is remembered of certificates: there is one for each
// name, and another each time that it is renewed.
const maxBeliefs = 64

// beliefs say of which certificates browsers think well: those that lead to one
// of the system's roots. Where there are none, as in a bare container, that is of
// none.
type beliefs struct {
	roots *x509.CertPool // nil: the system's

	mu    sync.Mutex
	known map[*x509.Certificate]bool // by the leaf
}

// in says whether cert and what is sent with it lead to a root.
func (b *beliefs) in(cert *tls.Certificate) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if believed, ok := b.known[cert.Leaf]; ok {
		return believed
	}
	between := x509.NewCertPool()
	for _, der := range cert.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(c)
		}
	}
	_, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: b.roots, Intermediates: between})
	if b.known == nil || len(b.known) >= maxBeliefs {
		b.known = map[*x509.Certificate]bool{}
	}
	b.known[cert.Leaf] = err == nil
	return err == nil
}
