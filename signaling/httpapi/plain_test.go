package httpapi

import (
	"net/http"
	"sync/atomic"
	"testing"
)

// fakeTLS has a certificate once it is ready.
type fakeTLS struct{ ready atomic.Bool }

func (f *fakeTLS) Ready(host string) bool  { return f.ready.Load() && host == "talk.example.org" }
func (f *fakeTLS) Strict(host string) bool { return f.Ready(host) }
func (f *fakeTLS) Answer(host, path string) (string, bool) {
	return "token.thumb", host == "talk.example.org" && path == challengePath+"token"
}

// TestPlain asks for pages without TLS at a server that has it: before there
// is a certificate and after.
func TestPlain(t *testing.T) {
	own := &fakeTLS{}
	s := newStand(t, options{
		config: func(c *Config) {
			c.PublicURL, c.TrustedProxies = "https://talk.example.org:8443", []string{"192.0.2.0/24"}
		},
		deps: func(d *Deps) { d.TLS = own },
	})
	client := &http.Client{Transport: http.DefaultTransport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(path, host string, header ...string) (int, string) {
		t.Helper()
		req, err := http.NewRequest("GET", s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: Strict-Transport-Security without TLS", path)
		}
		return res.StatusCode, res.Header.Get("Location")
	}
	if status, to := ask("/", "talk.example.org"); status != 200 {
		t.Errorf("before there is a certificate: %d to %q", status, to)
	}
	if status, _ := ask("/.well-known/acme-challenge/token", "talk.example.org:80"); status != 200 {
		t.Errorf("a challenge: %d", status)
	}
	own.ready.Store(true)
	for _, c := range []struct {
		path, host string
		header     []string
		want       string
	}{
		{"/invite/x?y=%20z", "talk.example.org", nil, "https://talk.example.org:8443/invite/x?y=%20z"},
		{"/", "talk.example.org:8443", nil, ""}, // the public address without TLS: it was ended in front
		{"/", "talk.example.org:8080", nil, "https://talk.example.org:8443/"},
		{"/", "talk.example.org", []string{"Sec-Fetch-Mode", "navigate"}, ""}, // a browser's, over https
		{"/", "192.0.2.1:8080", nil, "https://talk.example.org:8443/"},
		{"/.well-known/acme-challenge/other", "talk.example.org", nil, "https://talk.example.org:8443/.well-known/acme-challenge/other"},
		{"/.well-known/acme-challenge/token", "talk.example.org", nil, ""},
		{"/health", "talk.example.org", nil, ""},
		{"/v1/auth/mode", "talk.example.org", nil, ""},
		{"/", "localhost", nil, ""},
		{"/", "127.0.0.1", nil, ""},
		{"/", "talk.example.org", []string{"X-Forwarded-For", "198.51.100.1"}, ""},
	} {
		status, to := ask(c.path, c.host, c.header...)
		if to != c.want || (c.want == "" && status != 200) || (c.want != "" && status != http.StatusTemporaryRedirect) {
			t.Errorf("%s at %s: %d to %q, want %q", c.path, c.host, status, to, c.want)
		}
	}
}
