package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// serveHTTP makes a client of a handler.
func serveHTTP(t *testing.T, h http.HandlerFunc) *Client {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := New(s.URL+"/talk/", WithHTTPClient(s.Client()))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSignInKeepsTheToken(t *testing.T) {
	c := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "POST /talk/v1/auth/guest":
			var g wire.Guest
			_ = json.NewDecoder(r.Body).Decode(&g)
			w.WriteHeader(http.StatusCreated)
			_ = json.NewEncoder(w).Encode(wire.SignedIn{Token: "secret", User: wire.User{Name: g.Name}})
		case "GET /talk/v1/auth/me":
			if r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("Origin") != "" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			_ = json.NewEncoder(w).Encode(wire.Me{User: wire.User{Name: "ada"}})
		case "POST /talk/v1/auth/logout":
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	if u, err := c.Guest(t.Context(), "ada", ""); err != nil || u.Name != "ada" {
		t.Fatalf("%v %v", u, err)
	}
	if u, err := c.Me(t.Context()); err != nil || u.Name != "ada" {
		t.Fatalf("%v %v", u, err)
	}
	if err := c.Logout(t.Context()); err == nil || c.Token() != "" {
		t.Errorf("logout: %v, token %q", err, c.Token())
	}
	var coded *wire.Error
	if _, err := c.Me(t.Context()); !errors.As(err, &coded) || coded.Code != wire.CodeUnauthorized {
		t.Errorf("got %v", err)
	}
}

func TestRefusalsAreCoded(t *testing.T) {
	for _, x := range []struct {
		status int
		after  string
		body   string
		want   wire.Code
		ms     int64
	}{
		{400, "", `{"error":"ValidationError","message":"bad","issues":[{"field":"name","message":"short"}]}`, wire.CodeValidation, 0},
		{429, "3", `{"error":"RateLimited","message":"slow"}`, wire.CodeRateLimited, 3000},
		{410, "", `{"error":"SsoOnly","message":"sso"}`, wire.CodeSsoOnly, 0},
		{502, "", `<html>bad gateway</html>`, wire.CodeInternal, 0},
		{413, "", ``, wire.CodeTooLarge, 0},
	} {
		c := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
			if x.after != "" {
				w.Header().Set("Retry-After", x.after)
			}
			w.WriteHeader(x.status)
			_, _ = w.Write([]byte(x.body))
		})
		_, err := c.Login(t.Context(), "a", "b")
		var coded *wire.Error
		if !errors.As(err, &coded) || coded.Code != x.want || coded.RetryAfterMs != x.ms {
			t.Errorf("%d: %v", x.status, err)
		}
	}
}

func TestMessagesWalksAllPages(t *testing.T) {
	newest := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	c := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		n := 5
		if id := q.Get("beforeId"); id != "" {
			_, _ = fmt.Sscanf(id, "m%d", &n)
			n--
			if q.Get("beforeCreatedAt") != "2026-01-02T03:04:05.006Z" {
				t.Errorf("cursor %v", q)
			}
		}
		var p wire.MessagePage
		for ; n > 0 && len(p.Messages) < 2; n-- {
			p.Messages = append(p.Messages, wire.Message{ID: fmt.Sprintf("m%d", n)})
		}
		if n > 0 {
			p.Pagination = wire.Pagination{HasMore: true, NextCursor: &wire.Cursor{
				BeforeCreatedAt: wire.At(newest), BeforeID: p.Messages[len(p.Messages)-1].ID,
			}}
		}
		_ = json.NewEncoder(w).Encode(p)
	})
	var got []string
	for m, err := range c.Messages(t.Context(), "general") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.ID)
	}
	if fmt.Sprint(got) != "[m5 m4 m3 m2 m1]" {
		t.Errorf("got %v", got)
	}
}

func TestBadAddress(t *testing.T) {
	for _, s := range []string{"", "localhost:8080", "ftp://x", "http://", "http://%zz"} {
		if _, err := New(s); err == nil {
			t.Errorf("%q accepted", s)
		}
	}
}

// FuzzRefusal: whatever a server or a proxy answers is an error with a code.
func FuzzRefusal(f *testing.F) {
	f.Add(429, "3", []byte(`{"error":"RateLimited","message":"m","issues":[{"field":"a","message":"b"}]}`))
	f.Add(502, "Sat, 01 Jan 2050 00:00:00 GMT", []byte("<html>"))
	f.Add(503, "99999999999999999", []byte(`{"error":5}`))
	f.Fuzz(func(t *testing.T, status int, after string, body []byte) {
		e := refusal(&http.Response{StatusCode: status, Header: http.Header{"Retry-After": {after}}}, body)
		if e.Code == "" || e.RetryAfterMs < 0 {
			t.Fatalf("%d %q %q became %+v", status, after, body, e)
		}
	})
}
