package httpapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestAccountFromFirstToLast(t *testing.T) {
	s := newStand(t, options{})
	mode := into[wire.AuthMode](s, 200, request{method: "GET", path: "/v1/auth/mode"})
	if !mode.NeedsOwner || mode.NeedsSetupCode || mode.Mode != "local" || mode.Registration != "invite" || mode.Providers == nil {
		t.Fatalf("mode %+v", mode)
	}
	owner := s.owner()
	if mode = into[wire.AuthMode](s, 200, request{method: "GET", path: "/v1/auth/mode"}); mode.NeedsOwner {
		t.Fatalf("mode %+v", mode)
	}
	ann := s.member(owner, "Анна")
	if ann.User.Role != wire.RoleMember || ann.Token == "" {
		t.Fatalf("got %+v", ann)
	}
	in := into[wire.SignedIn](s, 200, request{method: "POST", path: "/v1/auth/login", body: wire.Login{Name: "анна", Password: password}})
	if in.User != ann.User {
		t.Fatalf("got %+v", in)
	}
	list := into[wire.Sessions](s, 200, request{method: "GET", path: "/v1/sessions", token: in.Token}).Sessions
	if len(list) != 2 || list[0].Current == list[1].Current || list[0].UserAgent == "" {
		t.Fatalf("sessions %+v", list)
	}
	other := list[0]
	if other.Current {
		other = list[1]
	}
	s.refused(404, wire.CodeNotFound, "", request{method: "DELETE", path: "/v1/sessions/" + other.ID, token: owner})
	into[wire.OK](s, 200, request{method: "DELETE", path: "/v1/sessions/" + other.ID, token: in.Token})
	s.refused(401, wire.CodeUnauthorized, "", request{method: "GET", path: "/v1/auth/me", token: ann.Token})
	fresh := into[wire.SignedIn](s, 200, request{method: "POST", path: "/v1/auth/refresh", token: in.Token})
	if fresh.Token == in.Token || fresh.Token == "" {
		t.Fatal("refreshing gave no other token")
	}
	into[wire.OK](s, 200, request{method: "POST", path: "/v1/auth/logout", token: fresh.Token})
	for _, token := range []string{fresh.Token, in.Token} {
		s.refused(401, wire.CodeUnauthorized, "", request{method: "GET", path: "/v1/auth/me", token: token})
	}
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if len(s.hub.disconnected) != 2 || s.hub.disconnected[0] != other.ID {
		t.Fatalf("sockets ended: %v", s.hub.disconnected)
	}
}

func TestOwnerFromElsewhereNeedsTheSetupCode(t *testing.T) {
	s := newStand(t, options{})
	body := wire.Register{Name: "Owner", Password: password}
	for _, header := range []map[string]string{
		{"X-Forwarded-For": "203.0.113.5"}, {"Forwarded": "for=203.0.113.5"}, {"Via": "1.1 proxy"}, {"X-Real-IP": "203.0.113.5"}, {"Host": "talk.example.org"},
	} {
		if mode := into[wire.AuthMode](s, 200, request{method: "GET", path: "/v1/auth/mode", header: header}); !mode.NeedsSetupCode {
			t.Errorf("%v passes for this machine", header)
		}
		s.refused(403, wire.CodeForbidden, "setupCode", request{method: "POST", path: "/v1/auth/register", body: body, header: header})
	}
	far := map[string]string{"X-Forwarded-For": "203.0.113.5"}
	body.SetupCode = "wrong"
	s.refused(403, wire.CodeForbidden, "setupCode", request{method: "POST", path: "/v1/auth/register", body: body, header: far})
	code := s.auth.SetupCode()
	body.SetupCode = strings.ToUpper(code[:4] + "-" + code[4:])
	in := into[wire.SignedIn](s, 201, request{method: "POST", path: "/v1/auth/register", body: body, header: far})
	if in.User.Role != wire.RoleOwner || s.auth.SetupCode() != "" {
		t.Fatalf("got %+v", in.User)
	}
	body.Name = "Second"
	s.refused(403, wire.CodeForbidden, "inviteCode", request{method: "POST", path: "/v1/auth/register", body: body})
}

func TestBrowserGetsACookie(t *testing.T) {
	s := newStand(t, options{config: func(c *Config) { c.PublicURL = "https://talk.example.org" }})
	s.owner()
	login := func(header map[string]string) answer {
		return s.do(request{method: "POST", path: "/v1/auth/login", body: wire.Login{Name: "Owner", Password: password}, header: header})
	}
	a := login(map[string]string{"Origin": s.url})
	if a.StatusCode != 200 || strings.Contains(string(a.body), "token") || len(a.Cookies()) != 1 {
		t.Fatalf("%d %s %v", a.StatusCode, a.body, a.Cookies())
	}
	c := a.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || time.Until(c.Expires) < 24*time.Hour {
		t.Fatalf("cookie %+v", c)
	}
	// By the public https address the cookie is for https only.
	if b := login(map[string]string{"Origin": "https://talk.example.org", "Host": "talk.example.org"}); len(b.Cookies()) != 1 || !b.Cookies()[0].Secure {
		t.Fatalf("cookies %v", b.Cookies())
	}
	for _, origin := range []string{"https://evil.example", "null", "http://localhost:1", "https://talk.example.org.evil.example"} {
		s.refused(403, wire.CodeForbidden, "", request{method: "POST", path: "/v1/auth/login",
			body: wire.Login{Name: "Owner", Password: password}, header: map[string]string{"Origin": origin}})
	}
	with := func(h ...string) map[string]string {
		m := map[string]string{"Cookie": c.Name + "=" + c.Value}
		for i := 0; i < len(h); i += 2 {
			m[h[i]] = h[i+1]
		}
		return m
	}
	into[wire.Me](s, 200, request{method: "GET", path: "/v1/auth/me", header: with()})
	for _, bad := range []map[string]string{
		with(), with("Origin", "https://evil.example"), with("Origin", "null"), with("Sec-Fetch-Site", "cross-site"), with("Sec-Fetch-Site", "same-site"), with("Sec-Fetch-Site", "none"),
	} {
		s.refused(403, wire.CodeForbidden, "", request{method: "POST", path: "/v1/invites", header: bad})
	}
	into[wire.InviteAnswer](s, 201, request{method: "POST", path: "/v1/invites", header: with("Origin", s.url)})
	into[wire.InviteAnswer](s, 201, request{method: "POST", path: "/v1/invites", header: with("Origin", "https://talk.example.org")})
	into[wire.InviteAnswer](s, 201, request{method: "POST", path: "/v1/invites", header: with("Sec-Fetch-Site", "same-origin")})

	r := s.do(request{method: "POST", path: "/v1/auth/refresh", header: with("Origin", s.url)})
	if r.StatusCode != 200 || len(r.Cookies()) != 1 || r.Cookies()[0].Value == c.Value || strings.Contains(string(r.body), "token") {
		t.Fatalf("refresh: %d %s", r.StatusCode, r.body)
	}
	c = r.Cookies()[0]
	out := s.do(request{method: "POST", path: "/v1/auth/logout", header: with("Origin", s.url)})
	if out.StatusCode != 200 || len(out.Cookies()) != 1 || out.Cookies()[0].Value != "" || out.Cookies()[0].Expires.After(time.Now()) {
		t.Fatalf("logout: %d %v", out.StatusCode, out.Cookies())
	}
	// The bearer token goes before the cookie, from whatever page.
	in := into[wire.SignedIn](s, 200, request{method: "POST", path: "/v1/auth/login", body: wire.Login{Name: "Owner", Password: password}})
	into[wire.InviteAnswer](s, 201, request{method: "POST", path: "/v1/invites", token: in.Token, header: with("Origin", "capacitor://localhost")})
}

func TestTrustedProxy(t *testing.T) {
	s := newStand(t, options{config: func(c *Config) { c.TrustedProxies = []string{"127.0.0.0/8", "10.0.0.0/8"} }})
	owner := s.owner()
	header := map[string]string{"X-Forwarded-For": "198.51.100.1, 203.0.113.9, 10.1.1.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "talk.example.org"}
	i := into[wire.InviteAnswer](s, 201, request{method: "POST", path: "/v1/invites", token: owner, header: header}).Invite
	if i.URL != "https://talk.example.org/invite/"+i.Code {
		t.Fatalf("invite %+v", i)
	}
	c, _, err := s.dial("?ticket="+s.ticket(owner), http.Header{"X-Forwarded-For": {header["X-Forwarded-For"]}, "X-Forwarded-Host": {"talk.example.org:8443"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	if caller := <-s.hub.callers; caller.RemoteIP != "203.0.113.9" || caller.Host != "talk.example.org" {
		t.Fatalf("caller %+v", caller)
	}
	// Without trust the headers are nobody's word.
	s = newStand(t, options{})
	owner = s.owner()
	if i = into[wire.InviteAnswer](s, 201, request{method: "POST", path: "/v1/invites", token: owner, header: header}).Invite; !strings.HasPrefix(i.URL, s.url+"/invite/") {
		t.Fatalf("invite %+v", i)
	}
}
