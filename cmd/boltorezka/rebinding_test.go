package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// TestOpsOnLoopbackHasNoName asks the operator's listener by names that an
// attacker's DNS could resolve to it.
func TestOpsOnLoopbackHasNoName(t *testing.T) {
	for _, on := range []string{"127.0.0.1:0", "[::1]:0", "0.0.0.0:0"} {
		ln, err := net.Listen("tcp", on)
		if err != nil {
			if strings.HasPrefix(on, "[") {
				t.Logf("no IPv6 here: %v", err)
				continue
			}
			t.Fatal(err)
		}
		o := startOps(ln, opsDeps{node: prometheus.NewRegistry(), rooms: prometheus.NewRegistry(), ready: func(context.Context) error { return nil }})
		t.Cleanup(func() { o.close() })
		addr := ln.Addr().String()
		_, port, _ := net.SplitHostPort(addr)
		for _, x := range []struct {
			host    string
			refused bool
		}{
			{"127.0.0.1:" + port, false}, {"127.0.0.1", false}, {"[::1]:" + port, false}, {"[::1]", false}, {"localhost:" + port, false}, {"LocalHost", false},
			{"192.0.2.7:80", false}, // of a tunnel's other end
			{"evil.example:" + port, true}, {"evil.example", true}, {"localhost.evil.example", true}, {"127.0.0.1.evil.example:" + port, true},
			{"localhost:" + port + ".evil.example", true}, {"[evil.example]", true},
		} {
			for _, path := range []string{"/readyz", "/debug/pprof/cmdline", "/metrics"} {
				status, body := askAs(t, addr, path, x.host)
				refused := x.refused && on != "0.0.0.0:0"
				if want := http.StatusOK; !refused && status != want || refused && (status != http.StatusMisdirectedRequest || !strings.Contains(body, "localhost only")) {
					t.Errorf("on %s, %s of %s: %d %s", on, path, x.host, status, body)
				}
			}
		}
		// HTTP/1.0 has no Host: a simple health check.
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, "GET /readyz HTTP/1.0\r\n\r\n")
		if answer, err := io.ReadAll(c); err != nil || !strings.Contains(string(answer), " 200 ") {
			t.Errorf("on %s, without a Host: %q, %v", on, answer, err)
		}
		c.Close()
	}
}

// askAs gets a path of addr with another Host than addr.
func askAs(t *testing.T, addr, path, host string) (int, string) {
	t.Helper()
	req := httptest.NewRequest("GET", "http://"+addr+path, nil).WithContext(within(t))
	req.RequestURI, req.Host = "", host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s: %v", host, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}
