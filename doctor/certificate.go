package doctor

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/boltorezka/boltorezka/edge"
)

// Left to a certificate when its renewal is late, and when it is nearly over.
// What is renewed by itself is so with thirty days or a third of its life left.
const (
	renewalLate = 14 * 24 * time.Hour
	nearlyOver  = 3 * 24 * time.Hour
)

// certificates looks at every certificate that people meet. One that the
// server itself has on other ports is another line here.
func (p *patient) certificates(context.Context) []Finding {
	const check = "certificate"
	switch {
	case p.page == nil:
		return []Finding{skipped(check, "http.publicUrl is not set")}
	case p.page.url == nil || p.page.url.Scheme != "https":
		return []Finding{skipped(check, "%s is not https", p.cfg.HTTP.PublicURL)}
	case p.page.tls == nil:
		return []Finding{skipped(check, "%s does not answer", p.cfg.HTTP.PublicURL)}
	}
	f := judgeChain(p.page.tls.PeerCertificates, p.page.url.Hostname(), time.Now(), nil)
	if f.State == Problem && p.cfg.TLS.Source() == edge.SourceSelfSigned && isSelfSigned(p.page.tls.PeerCertificates) {
		f = judgeSelfSigned(p.page.tls.PeerCertificates, time.Now())
	}
	f.Check = check
	return []Finding{f}
}

// isSelfSigned says whether a certificate is by nobody but itself.
func isSelfSigned(chain []*x509.Certificate) bool {
	return len(chain) > 0 && bytes.Equal(chain[0].RawIssuer, chain[0].RawSubject) && chain[0].CheckSignature(chain[0].SignatureAlgorithm, chain[0].RawTBSCertificate, chain[0].Signature) == nil
}

// judgeChain judges what a server has shown for a name; roots nil: the
// system's.
func judgeChain(chain []*x509.Certificate, name string, now time.Time, roots *x509.CertPool) Finding {
	if len(chain) == 0 {
		return Finding{State: Problem, What: name + " shows no certificate", Why: "browsers refuse the page", Do: "give the proxy in front a certificate"}
	}
	leaf := chain[0]
	day := leaf.NotAfter.UTC().Format(time.DateOnly)
	problem := func(what, do string) Finding {
		return Finding{State: Problem, What: what, Why: "browsers refuse the page, and clients the connection", Do: do}
	}
	if err := leaf.VerifyHostname(name); err != nil {
		return problem(fmt.Sprintf("the certificate is not for %s: %v", name, err), "get one for this name, or set http.publicUrl to a name that it has")
	}
	if now.After(leaf.NotAfter) {
		return problem(fmt.Sprintf("the certificate of %s has expired on %s", name, day), "renew it, and see why it was not renewed by itself")
	}
	if now.Before(leaf.NotBefore) {
		return problem(fmt.Sprintf("the certificate of %s is good only from %s", name, leaf.NotBefore.UTC().Format(time.RFC3339)), "set this machine's clock right, or wait")
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Intermediates: between, Roots: roots, CurrentTime: now}); err != nil {
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) && isSelfSigned(chain) {
			return problem(fmt.Sprintf("the certificate of %s is signed by itself", name), "get one of an authority: with tls.names the server does so by itself")
		}
		if errors.As(err, &unknown) {
			return problem(fmt.Sprintf("the certificate of %s is by %q, whom this machine does not trust", name, leaf.Issuer.CommonName),
				"have the whole chain sent, intermediates too; for one of your own authority install that on people's devices")
		}
		return problem(fmt.Sprintf("the certificate of %s: %v", name, err), "get another")
	}
	left := leaf.NotAfter.Sub(now)
	f := fine("", "%s, by %q, good until %s", name, leaf.Issuer.CommonName, day)
	switch {
	case left < nearlyOver:
		f.State, f.Why, f.Do = Problem, "in less than three days browsers refuse the page", "renew it now, and see why it was not renewed by itself"
	case left < renewalLate && leaf.NotAfter.Sub(leaf.NotBefore) > 2*renewalLate:
		f.State, f.Why, f.Do = Warning, "it should have been renewed by now", "see why it was not renewed by itself"
	}
	return f
}
