package httpapi

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/andybalholm/brotli"
)

type countingMetrics struct {
	mu       sync.Mutex
	events   []string
	failures []string
	requests map[string]int
}

func (m *countingMetrics) ObserveRequest(method, route string, status int, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.requests == nil {
		m.requests = map[string]int{}
	}
	m.requests[fmt.Sprintf("%s %s %d", method, route, status)]++
}

func (m *countingMetrics) ClientEvent(event, level, platform string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, event+" "+level+" "+platform)
}

func (m *countingMetrics) VoiceEvent(event string, meta map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, fmt.Sprint(event, " ", meta["step"]))
}

func (m *countingMetrics) VoiceFailed(code, platform string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failures = append(m.failures, code+" "+platform)
}

func (m *countingMetrics) Summary() map[string]float64 { return map[string]float64{"x": 1} }

func TestWebApp(t *testing.T) {
	s := newStand(t, options{})
	plain := map[string]string{"Accept-Encoding": "identity"}
	for _, path := range []string{"/", "/r/general", "/invite/abc", "/settings", "/index.html", "/r/a%20b"} {
		a := s.do(request{method: "GET", path: path, header: plain})
		if a.StatusCode != 200 || !strings.HasPrefix(string(a.body), "<!doctype html>") || a.Header.Get("Cache-Control") != "no-cache" ||
			a.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
		csp := a.Header.Get("Content-Security-Policy")
		host := strings.TrimPrefix(s.url, "http://")
		if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "ws://"+host+" wss://"+host+";") {
			t.Errorf("%s: policy %s", path, csp)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Server") != "" {
			t.Errorf("%s: %v", path, a.Header)
		}
	}
	a := s.do(request{method: "GET", path: "/assets/app-1234.js", header: plain})
	if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || a.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	for encoding, open := range map[string]func(io.Reader) io.Reader{
		"br":   func(r io.Reader) io.Reader { return brotli.NewReader(r) },
		"gzip": func(r io.Reader) io.Reader { g, _ := gzip.NewReader(r); return g },
	} {
		c := s.do(request{method: "GET", path: "/assets/app-1234.js", header: map[string]string{"Accept-Encoding": "deflate, " + encoding + ";q=0.5"}})
		content, err := io.ReadAll(open(bytes.NewReader(c.body)))
		if err != nil || c.Header.Get("Content-Encoding") != encoding || !bytes.Equal(content, a.body) || len(c.body) >= len(a.body) || c.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %v %v", encoding, err, c.Header)
		}
	}
	if c := s.do(request{method: "GET", path: "/assets/app-1234.js", header: map[string]string{"Accept-Encoding": "br;q=0, gzip;q=0.0"}}); c.Header.Get("Content-Encoding") != "" {
		t.Errorf("compressed for who refuses it: %v", c.Header)
	}
	if c := s.do(request{method: "GET", path: "/assets/tiny-1.js", header: map[string]string{"Accept-Encoding": "br"}}); string(c.body) != "1" {
		t.Errorf("what does not shrink: %v", c.Header)
	}
	if c := s.do(request{method: "GET", path: "/", header: map[string]string{"If-None-Match": s.do(request{method: "GET", path: "/"}).Header.Get("Etag")}}); c.StatusCode != 304 || len(c.body) != 0 {
		t.Errorf("known content: %d", c.StatusCode)
	}
	if c := s.do(request{method: "HEAD", path: "/"}); c.StatusCode != 200 || len(c.body) != 0 {
		t.Errorf("HEAD: %d", c.StatusCode)
	}
	for _, path := range []string{"/assets/gone-9.js", "/favicon.ico", "/../../etc/passwd.txt", "/%2e%2e/x.go", "/.gitkeep", "/metrics"} {
		if c := s.do(request{method: "GET", path: path}); c.StatusCode != 404 {
			t.Errorf("%s: %d", path, c.StatusCode)
		}
	}
	// A Host that is no host does not get into the policy.
	if c := s.do(request{method: "GET", path: "/", header: map[string]string{"Host": "a;script-src*"}}); strings.Contains(c.Header.Get("Content-Security-Policy"), "a;script") {
		t.Errorf("policy %s", c.Header.Get("Content-Security-Policy"))
	}
}

func TestWebAppNotBuilt(t *testing.T) {
	s := newStand(t, options{deps: func(d *Deps) { d.Web = fstest.MapFS{".gitkeep": {}} }})
	a := s.do(request{method: "GET", path: "/r/general"})
	if a.StatusCode != 503 || !strings.Contains(string(a.body), "make build") || a.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %v %s", a.StatusCode, a.Header, a.body)
	}
}
