package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// page is what the address that people open has answered.
type page struct {
	url     *url.URL
	err     error // there was no answer
	status  int
	version string    // empty: the answer is no server's of ours
	date    time.Time // zero: none was given
	at      time.Time // of our clock, in the middle of the question
	within  time.Duration
	tls     *tls.ConnectionState // nil over http
	circles bool                 // the page itself sends whoever asks to where he is
}

// pageTime bounds the visit.
const pageTime = 10 * time.Second

// visit asks publicURL for its version, whatever its certificate is worth:
// that is judged apart.
func visit(ctx context.Context, publicURL string) *page {
	p := &page{}
	var err error
	if p.url, err = url.Parse(publicURL); err != nil {
		p.err = err
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	transport := &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, //nolint:gosec // certificates judges it
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(at *url.URL) (*http.Response, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), http.NoBody)
		if err != nil {
			return nil, err
		}
		return client.Do(req)
	}
	asked := time.Now()
	res, err := get(p.url.JoinPath("/version"))
	if err != nil {
		p.err = err
		var outer *url.Error
		if errors.As(err, &outer) {
			p.err = outer.Err
		}
		return p
	}
	defer res.Body.Close()
	p.within = time.Since(asked)
	p.at = asked.Add(p.within / 2)
	p.status, p.tls = res.StatusCode, res.TLS
	p.date, _ = http.ParseTime(res.Header.Get("Date"))
	body, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	var v wire.Version
	if json.Unmarshal(body, &v) == nil && res.StatusCode == http.StatusOK {
		p.version = v.Version
	}
	front := p.url.JoinPath("/")
	if res, err := get(front); err == nil {
		_ = res.Body.Close()
		to, err := res.Location()
		p.circles = err == nil && to.Scheme == front.Scheme && strings.EqualFold(to.Host, front.Host) && to.Path == front.Path
	}
	return p
}

// publicPage looks at whether people reach this server by http.publicUrl.
func (p *patient) publicPage(context.Context) []Finding {
	const check = "page"
	if p.page == nil {
		if host, _, _ := net.SplitHostPort(p.cfg.HTTP.Addr); host == "localhost" || net.ParseIP(host) != nil && net.ParseIP(host).IsLoopback() {
			return []Finding{skipped(check, "http.publicUrl is not set, and the page is for this machine alone")}
		}
		return []Finding{{
			Check: check, State: Warning, What: "http.publicUrl is not set",
			Why: "browsers give the microphone only to pages over https, or on the machine itself", Do: "give the server a name with https and set http.publicUrl to it",
		}}
	}
	where := p.cfg.HTTP.PublicURL
	problem := func(what, why, do string) []Finding {
		return []Finding{{Check: check, State: Problem, What: what, Why: why, Do: do}}
	}
	switch {
	case p.page.err != nil && p.running == nil:
		return []Finding{skipped(check, "%s does not answer, as the server does not run", where)}
	case errors.Is(p.page.err, context.DeadlineExceeded):
		return []Finding{{
			Check: check, State: Warning, What: where + " does not answer this machine", Why: "people may not be able to open the page; behind NAT it may be only this machine that cannot",
			Do: "open it from another network; boltorezka smoke does, with all the rest",
		}}
	case p.page.err != nil:
		return problem(fmt.Sprintf("%s: %v", where, p.page.err), "people cannot open the page",
			"look at the name's addresses, at the firewall and at the proxy in front")
	case p.page.version == "" && p.running == nil:
		return []Finding{skipped(check, "%s answers %d, as the server does not run", where, p.page.status)}
	case p.page.version == "":
		return problem(fmt.Sprintf("%s answers %d, and not as a server of ours", where, p.page.status), "people open something else",
			"have the proxy in front pass everything to http.addr")
	case p.running != nil && p.running.Version != p.page.version:
		return problem(fmt.Sprintf("%s is version %s, and the server here %s", where, p.page.version, p.running.Version), "people are on another server",
			"have the name and the proxy lead to this machine")
	case p.page.circles:
		return []Finding{{
			Check: check, State: Warning, What: where + " sends whoever asks to itself, again and again",
			Why: "older browsers and programs get nowhere, and limits by address take everybody for the proxy in front, which ends TLS and does not say so",
			Do:  "have the proxy send X-Forwarded-Proto and X-Forwarded-For, and set http.trustedProxies to its address",
		}}
	case p.page.url.Scheme == "http" && publicHost(where) != "":
		return []Finding{{
			Check: check, State: Warning, What: where + " is not https",
			Why: "browsers give the microphone only to pages over https, or on the machine itself", Do: "give the server a certificate and set http.publicUrl to its https address",
		}}
	case p.page.url.Scheme == "https" && strings.EqualFold(p.page.url.Hostname(), "localhost"):
		return []Finding{{Check: check, State: Warning, What: where + " is this machine's own", Why: "invites lead nowhere from elsewhere", Do: "set http.publicUrl to the name that people open"}}
	}
	return []Finding{fine(check, "%s answers, version %s", where, p.page.version)}
}
