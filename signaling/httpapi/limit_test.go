package httpapi

import (
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestLimits(t *testing.T) {
	s := newStand(t, options{auth: func(c *auth.Config) { c.Rate = 1 }, config: func(c *Config) { c.Rate = 1 }})
	owner := s.owner()
	var last answer
	for range 15 {
		last = s.do(request{method: "POST", path: "/v1/auth/login", body: wire.Login{Name: "Owner", Password: "not this one"}})
	}
	if last.StatusCode != 429 || last.Header.Get("Retry-After") == "" || last.Header.Get("Retry-After") == "0" || !strings.Contains(string(last.body), "RateLimited") {
		t.Fatalf("%d %v %s", last.StatusCode, last.Header, last.body)
	}
	s.now.move(time.Minute)
	into[wire.SignedIn](s, 200, request{method: "POST", path: "/v1/auth/login", body: wire.Login{Name: "Owner", Password: password}})
	for range 40 {
		last = s.do(request{method: "GET", path: "/v1/auth/ws-ticket", token: owner})
	}
	if last.StatusCode != 429 {
		t.Fatalf("40 tickets at once: %d", last.StatusCode)
	}
}
