package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/edge"
)

// ownTLS looks at the certificate that the server itself has: in its files, and
// as it shows it on its port, whether or not the public address leads there.
func (p *patient) ownTLS(ctx context.Context) []Finding {
	const files, port = "tls.files", "tls.port"
	source := p.cfg.TLS.Source()
	if source == edge.SourceNone {
		return []Finding{skipped("tls", "the server has no certificate of its own; tls.names, tls.cert and tls.selfSigned are not set")}
	}
	var out []Finding
	if source == edge.SourceFiles {
		f := p.certificateFiles()
		f.Check = files
		out = append(out, f)
	}
	switch {
	case p.running == nil && source == edge.SourceFiles:
		return out
	case p.running == nil:
		return append(out, skipped(port, "the certificate is looked at while the server runs"))
	case p.running.TLS == "":
		return append(out, skipped(port, "the running server does not listen on tls.addr; see ports"))
	case p.cfg.HTTP.ProxyProtocol == "on":
		return append(out, skipped(port, "connections begin with a PROXY header; see certificate"))
	}
	for _, name := range p.ownNames() {
		f := p.shown(ctx, name)
		f.Check = port
		out = append(out, f)
	}
	return out
}

// ownNames are those that the server's own certificate is to be good for; an
// empty one: for whatever it says.
func (p *patient) ownNames() []string {
	if len(p.cfg.TLS.Names) > 0 {
		return p.cfg.TLS.Names
	}
	return []string{publicName(p.cfg.HTTP.PublicURL)}
}

// certificateFiles looks at tls.cert and tls.key.
func (p *patient) certificateFiles() Finding {
	cfg := p.cfg.TLS
	if _, err := edge.OpenCertificates(cfg, edge.CertificateOptions{}); err != nil {
		f := Finding{State: Problem, Why: "the server does not start"}
		if p.running != nil {
			f.Why = "the running server keeps the certificate that it has, and does not start again"
		}
		var do string
		if f.What, do, _ = strings.Cut(err.Error(), "; give "); do != "" {
			f.Do = "give " + do
		}
		return f
	}
	pair, err := tls.LoadX509KeyPair(cfg.Cert, cfg.Key)
	if err != nil {
		return Finding{State: Problem, What: err.Error(), Why: "it changes while it is looked at", Do: "run the doctor again"}
	}
	var chain []*x509.Certificate
	for _, der := range pair.Certificate {
		if c, err := x509.ParseCertificate(der); err == nil {
			chain = append(chain, c)
		}
	}
	name := publicName(p.cfg.HTTP.PublicURL)
	if p.judged(chain, name) {
		return fine("", "%s and %s are a pair, the one that %s shows", cfg.Cert, cfg.Key, name)
	}
	f := judgeOwn(chain, name, time.Now(), nil)
	f.What = cfg.Cert + ": " + f.What
	return f
}

// shown looks at what the running server shows to who asks for name.
func (p *patient) shown(ctx context.Context, name string) Finding {
	at := reachable(p.running.TLS)
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	conn, err := (&tls.Dialer{Config: &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", at) //nolint:gosec // it is judged below
	if err != nil {
		f := Finding{State: Problem, What: fmt.Sprintf("no handshake with %s for %q: %v", at, name, err), Why: "https does not work", Do: "look into the server's log"}
		if p.cfg.TLS.Source() == edge.SourceACME {
			f.Do = "the log says why there is no certificate yet: the name has to lead to this machine, and port 443, or 80, from outside to tls.addr, or http.addr"
		}
		return f
	}
	defer conn.Close()
	secured, _ := conn.(*tls.Conn)
	chain := secured.ConnectionState().PeerCertificates
	if p.judged(chain, name) {
		return fine("", "%s shows the certificate that %s shows", at, name)
	}
	f := judgeOwn(chain, name, time.Now(), nil)
	if p.cfg.TLS.Source() == edge.SourceSelfSigned {
		f = judgeSelfSigned(chain, time.Now())
	}
	f.What = at + ": " + f.What
	return f
}

// judged says whether a certificate was judged for name as the public address's.
func (p *patient) judged(chain []*x509.Certificate, name string) bool {
	if p.page == nil || p.page.tls == nil || p.page.url.Hostname() != name || len(chain) == 0 {
		return false
	}
	page := p.page.tls.PeerCertificates
	return len(page) == len(chain) && bytes.Equal(page[0].Raw, chain[0].Raw)
}

// judgeOwn is judgeChain for a certificate that need not be for a name.
func judgeOwn(chain []*x509.Certificate, name string, now time.Time, roots *x509.CertPool) Finding {
	if name == "" && len(chain) > 0 {
		switch leaf := chain[0]; {
		case len(leaf.DNSNames) > 0:
			name = strings.Replace(leaf.DNSNames[0], "*", "any", 1)
		case len(leaf.IPAddresses) > 0:
			name = leaf.IPAddresses[0].String()
		}
	}
	return judgeChain(chain, name, now, roots)
}

// judgeSelfSigned judges a certificate that the server has made for a trial: it
// makes another in time.
func judgeSelfSigned(chain []*x509.Certificate, now time.Time) Finding {
	if len(chain) == 0 || now.After(chain[0].NotAfter) {
		return judgeOwn(chain, "", now, nil)
	}
	return Finding{
		State: Warning, What: fmt.Sprintf("a self-signed certificate, good until %s", chain[0].NotAfter.UTC().Format(time.DateOnly)),
		Why: "browsers warn before the page, and TURN over TLS is not offered, as they refuse it with such a one",
		Do:  "compare the fingerprint that browsers show with the one that the server prints; for more than a trial set tls.names, or tls.cert and tls.key",
	}
}
