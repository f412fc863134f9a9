package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store"
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

func TestBadInput(t *testing.T) {
	s := newStand(t, options{})
	owner := s.owner()
	member := s.member(owner, "Ann").Token
	guest := s.guest(owner, "Guest").Token
	general := into[wire.Rooms](s, 200, request{method: "GET", path: "/v1/rooms", token: owner}).Rooms[0]
	const none = "01890a5d-ac96-774b-bcce-b302099a8057"
	for _, c := range []struct {
		method, path string
		body         any
		token        string
		status       int
		code         wire.Code
		field        string
	}{
		{"POST", "/v1/auth/login", "", "", 400, wire.CodeValidation, "body"},
		{"POST", "/v1/auth/login", "{", "", 400, wire.CodeValidation, "body"},
		{"POST", "/v1/auth/login", "[]", "", 400, wire.CodeValidation, "body"},
		{"POST", "/v1/auth/login", "null", "", 400, wire.CodeValidation, "body"},
		{"POST", "/v1/auth/login", `{"name":1,"password":"x"}`, "", 400, wire.CodeValidation, "name"},
		{"POST", "/v1/auth/login", `{"name":"a"} trailing`, "", 400, wire.CodeValidation, "body"},
		{"POST", "/v1/auth/login", "{\"name\":\"\xff\"}", "", 400, wire.CodeValidation, "body"},
		{"POST", "/v1/auth/login", strings.Repeat("[", 60000), "", 400, wire.CodeValidation, "body"},
		{"POST", "/v1/auth/login", `{"a":` + strings.Repeat("[", 60000), "", 400, wire.CodeValidation, "body"},
		{"POST", "/v1/auth/login", strings.Repeat(" ", maxBody+1), "", 413, wire.CodeTooLarge, ""},
		{"POST", "/v1/auth/login", wire.Login{Name: "Nobody", Password: password}, "", 401, wire.CodeUnauthorized, ""},
		{"POST", "/v1/auth/login", wire.Login{Name: "Owner", Password: "not this one"}, "", 401, wire.CodeUnauthorized, ""},
		{"POST", "/v1/auth/login", wire.Login{Name: "Guest", Password: ""}, "", 401, wire.CodeUnauthorized, ""},
		{"POST", "/v1/auth/register", wire.Register{Name: "x", Password: "short"}, "", 400, wire.CodeValidation, "password"},
		{"POST", "/v1/auth/register", wire.Register{Name: "x", Password: "short"}, "", 400, wire.CodeValidation, "name"},
		{"POST", "/v1/auth/register", wire.Register{Name: "Bob", Password: password}, "", 403, wire.CodeForbidden, "inviteCode"},
		{"POST", "/v1/auth/register", wire.Register{Name: "Bob", Password: password, InviteCode: "wrong"}, "", 403, wire.CodeForbidden, "inviteCode"},
		{"POST", "/v1/auth/register", wire.Register{Name: "Bob", Password: password, InviteCode: "\x00'"}, "", 403, wire.CodeForbidden, "inviteCode"},
		{"POST", "/v1/auth/register", wire.Register{Name: "OWNER", Password: password, InviteCode: s.invite(owner)}, "", 409, wire.CodeConflict, "name"},
		{"POST", "/v1/auth/guest", wire.Guest{Name: "owner", InviteCode: s.invite(owner)}, "", 409, wire.CodeConflict, "name"},
		{"POST", "/v1/auth/guest", wire.Guest{Name: "Bob"}, "", 403, wire.CodeForbidden, "inviteCode"},
		{"POST", "/v1/auth/guest", wire.Guest{Name: "a\u202eb", InviteCode: "x"}, "", 400, wire.CodeValidation, "name"},
		{"GET", "/v1/auth/me", nil, "", 401, wire.CodeUnauthorized, ""},
		{"GET", "/v1/auth/me", nil, "wrong", 401, wire.CodeUnauthorized, ""},
		{"GET", "/v1/auth/me", nil, strings.Repeat("x", 43), 401, wire.CodeUnauthorized, ""},
		{"GET", "/v1/auth/sso/start?provider=x", nil, "", 503, wire.CodeSsoUnavailable, ""},
		{"GET", "/v1/auth/sso/callback", nil, "", 503, wire.CodeSsoUnavailable, ""},
		{"GET", "/v1/auth/ws-ticket", nil, "", 401, wire.CodeUnauthorized, ""},

		{"POST", "/v1/invites", `{"maxUses":0}`, member, 400, wire.CodeValidation, "maxUses"},
		{"POST", "/v1/invites", `{"maxUses":1.5}`, member, 400, wire.CodeValidation, "maxUses"},
		{"POST", "/v1/invites", `{"maxUses":99999999999999999999}`, member, 400, wire.CodeValidation, "maxUses"},
		{"POST", "/v1/invites", `{"expiresAt":5}`, member, 400, wire.CodeValidation, "expiresAt"},
		{"POST", "/v1/invites", `{"expiresAt":"tomorrow"}`, member, 400, wire.CodeValidation, "expiresAt"},
		{"POST", "/v1/invites", `{"expiresAt":"2020-01-01T00:00:00Z"}`, member, 400, wire.CodeValidation, "expiresAt"},
		{"POST", "/v1/invites", nil, guest, 403, wire.CodeForbidden, ""},
		{"GET", "/v1/invites", nil, guest, 403, wire.CodeForbidden, ""},
		{"DELETE", "/v1/invites/none", nil, member, 404, wire.CodeNotFound, ""},
		{"DELETE", "/v1/invites/%00", nil, member, 404, wire.CodeNotFound, ""},
		{"DELETE", "/v1/invites/" + s.invite(owner), nil, member, 404, wire.CodeNotFound, ""},
		{"DELETE", "/v1/sessions/" + none, nil, member, 404, wire.CodeNotFound, ""},
		{"DELETE", "/v1/sessions/%00", nil, member, 404, wire.CodeNotFound, ""},

		{"POST", "/v1/rooms", `{"slug":"Bad Slug","title":"x"}`, owner, 400, wire.CodeValidation, "slug"},
		{"POST", "/v1/rooms", `{"slug":"Bad Slug","title":"x"}`, owner, 400, wire.CodeValidation, "title"},
		{"POST", "/v1/rooms", `{"slug":"ab","title":"Good"}`, owner, 400, wire.CodeValidation, "slug"},
		{"POST", "/v1/rooms", `{"slug":"` + strings.Repeat("a", 49) + `","title":"Good"}`, owner, 400, wire.CodeValidation, "slug"},
		{"POST", "/v1/rooms", `{"slug":"tree","title":"Good"}`, owner, 400, wire.CodeValidation, "slug"},
		{"POST", "/v1/rooms", `{"slug":"good\n","title":"Good"}`, owner, 400, wire.CodeValidation, "slug"},
		{"POST", "/v1/rooms", `{"slug":"good","title":"` + strings.Repeat("я", 121) + `"}`, owner, 400, wire.CodeValidation, "title"},
		{"POST", "/v1/rooms", `{"slug":"good","title":"a\u0000bc"}`, owner, 400, wire.CodeValidation, "title"},
		{"POST", "/v1/rooms", `{"slug":"good","title":"Good","topologyPolicy":"p2p"}`, owner, 400, wire.CodeValidation, "topologyPolicy"},
		{"POST", "/v1/rooms", `{"slug":"good","title":"Good","maxParticipants":501}`, owner, 400, wire.CodeValidation, "maxParticipants"},
		{"POST", "/v1/rooms", `{"slug":"good","title":"Good","isPublic":"yes"}`, owner, 400, wire.CodeValidation, "isPublic"},
		{"POST", "/v1/rooms", `{"slug":"good","title":"Good","position":-1}`, owner, 400, wire.CodeValidation, "position"},
		{"POST", "/v1/rooms", `{"slug":"good","title":"Good","categoryId":"x"}`, owner, 400, wire.CodeValidation, "categoryId"},
		{"POST", "/v1/rooms", `{"slug":"good","title":"Good","categoryId":"` + none + `"}`, owner, 400, wire.CodeValidation, "categoryId"},
		{"POST", "/v1/rooms", `{"slug":"general","title":"Good"}`, owner, 409, wire.CodeConflict, ""},
		{"POST", "/v1/rooms", `{"slug":"good","title":"Good"}`, member, 403, wire.CodeForbidden, ""},
		{"PATCH", "/v1/rooms/" + none, `{"title":"Good"}`, owner, 404, wire.CodeRoomNotFound, ""},
		{"PATCH", "/v1/rooms/general", `{"title":"Good"}`, owner, 404, wire.CodeRoomNotFound, ""},
		{"PATCH", "/v1/rooms/" + general.ID, `{"title":"x"}`, owner, 400, wire.CodeValidation, "title"},
		{"PATCH", "/v1/rooms/" + general.ID, `{"title":"Good"}`, member, 403, wire.CodeForbidden, ""},
		{"DELETE", "/v1/rooms/" + none, nil, owner, 404, wire.CodeRoomNotFound, ""},
		{"DELETE", "/v1/rooms/" + general.ID, nil, member, 403, wire.CodeForbidden, ""},
		{"DELETE", "/v1/rooms/" + none + "/messages", nil, owner, 404, wire.CodeRoomNotFound, ""},
		{"DELETE", "/v1/rooms/" + general.ID + "/messages", nil, member, 403, wire.CodeForbidden, ""},
		{"POST", "/v1/room-categories", `{"slug":"x","title":"y"}`, owner, 400, wire.CodeValidation, "slug"},
		{"POST", "/v1/room-categories", `{"slug":"games","title":"Games"}`, member, 403, wire.CodeForbidden, ""},

		{"GET", "/v1/rooms/nowhere/messages", nil, member, 404, wire.CodeRoomNotFound, ""},
		{"GET", "/v1/rooms/%00%27/messages", nil, member, 404, wire.CodeRoomNotFound, ""},
		{"GET", "/v1/rooms/general/messages?limit=0", nil, member, 400, wire.CodeValidation, "limit"},
		{"GET", "/v1/rooms/general/messages?limit=101", nil, member, 400, wire.CodeValidation, "limit"},
		{"GET", "/v1/rooms/general/messages?limit=x", nil, member, 400, wire.CodeValidation, "limit"},
		{"GET", "/v1/rooms/general/messages?beforeCreatedAt=yesterday", nil, member, 400, wire.CodeValidation, "beforeCreatedAt"},
		{"GET", "/v1/rooms/general/messages?beforeId=%00", nil, member, 400, wire.CodeValidation, "beforeId"},
		{"GET", "/v1/rooms/general/messages?beforeId=" + none, nil, member, 404, wire.CodeMessageNotFound, ""},
		{"GET", "/v1/rooms/general/messages?afterSeq=-1", nil, member, 400, wire.CodeValidation, "afterSeq"},
		{"GET", "/v1/rooms/general/messages?afterSeq=1&beforeId=" + none, nil, member, 400, wire.CodeValidation, "afterSeq"},
		{"GET", "/v1/rooms/general/messages", nil, "", 401, wire.CodeUnauthorized, ""},

		{"GET", "/v1/admin/users", nil, member, 403, wire.CodeForbidden, ""},
		{"POST", "/v1/admin/users/" + none + "/promote", `{"role":"admin"}`, member, 403, wire.CodeForbidden, ""},
		{"POST", "/v1/admin/users/" + none + "/promote", `{"role":"admin"}`, owner, 404, wire.CodeUserNotFound, ""},
		{"POST", "/v1/admin/users/x/promote", `{"role":"admin"}`, owner, 404, wire.CodeUserNotFound, ""},
		{"POST", "/v1/admin/users/" + none + "/promote", `{"role":"owner"}`, owner, 400, wire.CodeValidation, "role"},
		{"POST", "/v1/admin/users/" + none + "/promote", `{}`, owner, 400, wire.CodeValidation, "role"},

		{"POST", "/v1/telemetry/web", `{"event":"a b"}`, "", 400, wire.CodeValidation, "event"},
		{"POST", "/v1/telemetry/web", `{"event":"crash","level":"loud"}`, "", 400, wire.CodeValidation, "level"},
		{"POST", "/v1/telemetry/web", `{"event":"crash","meta":[]}`, "", 400, wire.CodeValidation, "meta"},
		{"GET", "/v1/telemetry/summary", nil, member, 403, wire.CodeForbidden, ""},

		{"GET", "/v1", nil, owner, 404, wire.CodeNotFound, ""},
		{"GET", "/v1/nothing", nil, owner, 404, wire.CodeNotFound, ""},
		{"POST", "/v1/nothing/at/all", `{}`, owner, 404, wire.CodeNotFound, ""},
		{"PUT", "/v1/rooms", `{}`, owner, 405, wire.CodeMethodNotAllowed, ""},
		{"GET", "/v1/auth/login", nil, owner, 405, wire.CodeMethodNotAllowed, ""},
		{"POST", "/r/general", nil, owner, 405, wire.CodeMethodNotAllowed, ""},
	} {
		s.refused(c.status, c.code, c.field, request{method: c.method, path: c.path, body: c.body, token: c.token})
	}
	if strings.Contains(s.log.String(), "a call failed") {
		t.Fatal("bad input was taken for a fault of the server:", s.log.String())
	}
	// Unknown fields are no reason to refuse.
	into[wire.SignedIn](s, 200, request{method: "POST", path: "/v1/auth/login", body: fmt.Sprintf(`{"name":"Owner","password":%q,"future":{"x":[1]}}`, password)})
}

func TestRoomsByRole(t *testing.T) {
	s := newStand(t, options{})
	owner := s.owner()
	member := s.member(owner, "Ann").Token
	guest := s.guest(owner, "Guest").Token
	cat := into[wire.CategoryAnswer](s, 201, request{method: "POST", path: "/v1/room-categories", token: owner, body: `{"slug":"games","title":"Games"}`}).Category
	room := into[wire.RoomAnswer](s, 201, request{method: "POST", path: "/v1/rooms", token: owner,
		body: wire.NewRoom{Slug: "staff", Title: " Staff ", IsPublic: ptr(false), CategoryID: &cat.ID}}).Room
	if room.Title != "Staff" || room.MaxParticipants != 500 || room.TopologyPolicy != wire.PolicyAuto || room.ArchivedAt != nil {
		t.Fatalf("made %+v", room)
	}
	count := func(token, query string) int {
		t.Helper()
		return len(into[wire.Rooms](s, 200, request{method: "GET", path: "/v1/rooms" + query, token: token}).Rooms)
	}
	if m, g := count(member, ""), count(guest, ""); m != 2 || g != 1 {
		t.Fatalf("a member sees %d rooms, a guest %d", m, g)
	}
	tree := into[wire.Tree](s, 200, request{method: "GET", path: "/v1/rooms/tree", token: member})
	if len(tree.Categories) != 1 || len(tree.Categories[0].Channels) != 1 || len(tree.Uncategorized) != 1 {
		t.Fatalf("tree %+v", tree)
	}
	tree = into[wire.Tree](s, 200, request{method: "GET", path: "/v1/rooms/tree", token: guest})
	if tree.Categories[0].Channels == nil || len(tree.Categories[0].Channels) != 0 || len(tree.Uncategorized) != 1 {
		t.Fatalf("a guest's tree %+v", tree)
	}
	s.refused(404, wire.CodeRoomNotFound, "", request{method: "GET", path: "/v1/rooms/staff/messages", token: guest})
	into[wire.MessagePage](s, 200, request{method: "GET", path: "/v1/rooms/staff/messages", token: member})

	patch := func(body string) wire.Room {
		t.Helper()
		return into[wire.RoomAnswer](s, 200, request{method: "PATCH", path: "/v1/rooms/" + room.ID, token: owner, body: body}).Room
	}
	if r := patch(`{"title":"New name","categoryId":""}`); r.Title != "New name" || r.CategoryID != nil || r.IsPublic {
		t.Fatalf("changed to %+v", r)
	}
	if r := patch(`{"archived":true}`); r.ArchivedAt == nil {
		t.Fatalf("changed to %+v", r)
	}
	if a, b, c := count(member, ""), count(member, "?archived=true"), count(owner, "?archived=true"); a != 1 || b != 1 || c != 2 {
		t.Fatalf("archived: %d %d %d", a, b, c)
	}
	s.refused(404, wire.CodeRoomNotFound, "", request{method: "GET", path: "/v1/rooms/staff/messages", token: member})
	into[wire.OK](s, 200, request{method: "DELETE", path: "/v1/rooms/" + room.ID, token: owner})
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if len(s.hub.changed) != 2 || len(s.hub.closed) != 2 || s.hub.closed[0] != room.ID {
		t.Fatalf("the hub heard %v and %v", s.hub.changed, s.hub.closed)
	}
}

func TestHistoryPages(t *testing.T) {
	s := newStand(t, options{})
	owner := s.owner()
	me := into[wire.Me](s, 200, request{method: "GET", path: "/v1/auth/me", token: owner}).User
	room := into[wire.Rooms](s, 200, request{method: "GET", path: "/v1/rooms", token: owner}).Rooms[0]
	for i := range 7 {
		if _, _, err := s.store.AppendMessage(context.Background(), store.NewMessage{RoomID: room.ID, UserID: me.ID, UserName: me.Name, Text: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	query := "?limit=3"
	for pages := 1; ; pages++ {
		p := into[wire.MessagePage](s, 200, request{method: "GET", path: "/v1/rooms/general/messages" + query, token: owner})
		for _, m := range p.Messages {
			got = append(got, m.Text)
			if m.Reactions == nil || m.UserName != "Owner" {
				t.Fatalf("message %+v", m)
			}
		}
		if p.Pagination.HasMore != (p.Pagination.NextCursor != nil) || p.Room != room {
			t.Fatalf("page %+v", p)
		}
		if !p.Pagination.HasMore {
			if pages != 3 {
				t.Fatalf("%d pages", pages)
			}
			break
		}
		query = fmt.Sprintf("?limit=3&beforeCreatedAt=%s&beforeId=%s", p.Pagination.NextCursor.BeforeCreatedAt.Format(wire.TimeLayout), p.Pagination.NextCursor.BeforeID)
	}
	if strings.Join(got, "") != "6543210" {
		t.Fatalf("pages back: %v", got)
	}
	p := into[wire.MessagePage](s, 200, request{method: "GET", path: "/v1/rooms/general/messages?afterSeq=2&limit=2", token: owner})
	if len(p.Messages) != 2 || p.Messages[0].RoomSeq != 3 || p.Messages[1].RoomSeq != 4 || !p.Pagination.HasMore || p.Pagination.NextCursor != nil {
		t.Fatalf("forward: %+v", p)
	}
	if c := into[wire.Cleared](s, 200, request{method: "DELETE", path: "/v1/rooms/" + room.ID + "/messages", token: owner}); !c.OK || c.DeletedCount != 7 || c.RoomID != room.ID {
		t.Fatalf("cleared %+v", c)
	}
	if p = into[wire.MessagePage](s, 200, request{method: "GET", path: "/v1/rooms/general/messages", token: owner}); p.Messages == nil || len(p.Messages) != 0 {
		t.Fatalf("after clearing %+v", p)
	}
}

func TestInvitesAndPromotion(t *testing.T) {
	s := newStand(t, options{config: func(c *Config) { c.PublicURL = "https://talk.example.org" }})
	owner := s.owner()
	ann := s.member(owner, "Ann")
	one := into[wire.InviteAnswer](s, 201, request{method: "POST", path: "/v1/invites", token: ann.Token, body: `{"maxUses":1,"expiresAt":"2030-01-01T00:00:00+03:00"}`}).Invite
	if one.URL != "https://talk.example.org/invite/"+one.Code || *one.MaxUses != 1 || one.Uses != 0 || one.ExpiresAt.Format(wire.TimeLayout) != "2029-12-31T21:00:00.000Z" {
		t.Fatalf("made %+v", one)
	}
	into[wire.SignedIn](s, 201, request{method: "POST", path: "/v1/auth/guest", body: wire.Guest{Name: "Bob", InviteCode: strings.ToUpper(one.Code)}})
	s.refused(403, wire.CodeForbidden, "inviteCode", request{method: "POST", path: "/v1/auth/guest", body: wire.Guest{Name: "Bob", InviteCode: one.Code}})
	own := into[wire.Invites](s, 200, request{method: "GET", path: "/v1/invites", token: ann.Token}).Invites
	all := into[wire.Invites](s, 200, request{method: "GET", path: "/v1/invites", token: owner}).Invites
	if len(own) != 1 || own[0].Uses != 1 || len(all) != 2 {
		t.Fatalf("own %+v, all %+v", own, all)
	}
	into[wire.OK](s, 200, request{method: "DELETE", path: "/v1/invites/" + one.Code, token: owner})

	up := into[wire.UserAnswer](s, 200, request{method: "POST", path: "/v1/admin/users/" + ann.User.ID + "/promote", token: owner, body: `{"role":"admin"}`}).User
	if up.Role != wire.RoleAdmin {
		t.Fatalf("got %+v", up)
	}
	list := into[wire.Users](s, 200, request{method: "GET", path: "/v1/admin/users", token: ann.Token}).Users
	if len(list) != 3 {
		t.Fatalf("users %+v", list)
	}
	for _, u := range list {
		if u.Role == wire.RoleGuest || u.Role == wire.RoleOwner {
			s.refused(409, wire.CodeConflict, "", request{method: "POST", path: "/v1/admin/users/" + u.ID + "/promote", token: owner, body: `{"role":"member"}`})
		}
	}
	s.refused(403, wire.CodeForbidden, "", request{method: "POST", path: "/v1/admin/users/" + ann.User.ID + "/promote", token: ann.Token, body: `{"role":"member"}`})
}

func TestHealthVersionTelemetry(t *testing.T) {
	broken := false
	m := &countingMetrics{}
	s := newStand(t, options{deps: func(d *Deps) {
		d.Metrics = m
		d.Checks["sfu"] = func(context.Context) error {
			if broken {
				return errors.New("a secret of the inside")
			}
			return nil
		}
	}})
	h := into[wire.Health](s, 200, request{method: "GET", path: "/health"})
	if h.Status != "ok" || h.Checks["api"] != "ok" || h.Checks["db"] != "ok" || h.Ts == 0 {
		t.Fatalf("health %+v", h)
	}
	broken = true
	a := s.do(request{method: "GET", path: "/health"})
	if a.StatusCode != 503 || !strings.Contains(string(a.body), "degraded") || strings.Contains(string(a.body), "secret") {
		t.Fatalf("health %d %s", a.StatusCode, a.body)
	}
	if v := into[wire.Version](s, 200, request{method: "GET", path: "/version"}); v.Version != "1.2.3" {
		t.Fatalf("version %+v", v)
	}
	into[wire.OK](s, 200, request{method: "POST", path: "/v1/telemetry/web", body: `{"event":"crash","level":"error","meta":{"stack":"x"}}`, header: map[string]string{"User-Agent": "Mozilla/5.0 (iPhone)"}})
	// A session that has ended is no reason to lose a report.
	into[wire.OK](s, 200, request{method: "POST", path: "/v1/telemetry/web", body: `{"event":"crash"}`, token: strings.Repeat("x", 43)})
	sum := into[wire.TelemetrySummary](s, 200, request{method: "GET", path: "/v1/telemetry/summary", token: s.owner()})
	if sum.Day != time.Now().UTC().Format(time.DateOnly) || sum.Metrics["x"] != 1 {
		t.Fatalf("summary %+v", sum)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.events[0] != "crash error web" || m.events[1] != "crash info other" || m.requests["GET /health 503"] != 1 {
		t.Fatalf("metrics %v %v", m.events, m.requests)
	}
}

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

func TestFaultsOfTheServer(t *testing.T) {
	s := newStand(t, options{deps: func(d *Deps) {
		d.Checks["panics"] = func(context.Context) error { panic("a fault with a secret") }
		d.Messages = brokenMessages{}
	}})
	owner := s.owner()
	for _, r := range []request{{method: "GET", path: "/health"}, {method: "GET", path: "/v1/rooms/general/messages", token: owner}} {
		a := s.refused(500, wire.CodeInternal, "", r)
		if strings.Contains(string(a.body), "secret") {
			t.Errorf("the answer tells: %s", a.body)
		}
	}
	if log := s.log.String(); !strings.Contains(log, "a fault with a secret") || !strings.Contains(log, "a broken disk with a secret") || strings.Contains(log, owner) {
		t.Fatalf("the log lacks the cause: %s", log)
	}
}

type brokenMessages struct{ Messages }

func (brokenMessages) History(context.Context, HistoryQuery) ([]wire.Message, bool, error) {
	return nil, false, errors.New("a broken disk with a secret")
}
