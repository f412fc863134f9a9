package httpapi

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

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
		{"PATCH", "/v1/rooms/" + general.ID, `{"slug":"other"}`, owner, 400, wire.CodeValidation, "slug"},
		{"PATCH", "/v1/rooms/" + general.ID, `{"title":"Good"}`, member, 403, wire.CodeForbidden, ""},
		{"DELETE", "/v1/rooms/" + none, nil, owner, 404, wire.CodeRoomNotFound, ""},
		{"DELETE", "/v1/rooms/" + general.ID, nil, member, 403, wire.CodeForbidden, ""},
		{"DELETE", "/v1/rooms/" + none + "/messages", nil, owner, 404, wire.CodeRoomNotFound, ""},
		{"DELETE", "/v1/rooms/" + general.ID + "/messages", nil, member, 403, wire.CodeForbidden, ""},
		{"POST", "/v1/room-categories", `{"slug":"x","title":"y"}`, owner, 400, wire.CodeValidation, "slug"},
		{"POST", "/v1/room-categories", `{"slug":"games","title":"Games","position":-1}`, owner, 400, wire.CodeValidation, "position"},
		{"PATCH", "/v1/room-categories/" + none, `{"title":"Games"}`, owner, 404, wire.CodeNotFound, ""},
		{"PATCH", "/v1/room-categories/games", `{"title":"Games"}`, owner, 404, wire.CodeNotFound, ""},
		{"PATCH", "/v1/room-categories/" + none, `{"title":"x","position":-1,"slug":5}`, owner, 400, wire.CodeValidation, "title"},
		{"PATCH", "/v1/room-categories/" + none, `{"title":"x","position":-1,"slug":5}`, owner, 400, wire.CodeValidation, "position"},
		{"PATCH", "/v1/room-categories/" + none, `{"title":"x","position":-1,"slug":5}`, owner, 400, wire.CodeValidation, "slug"},
		{"PATCH", "/v1/room-categories/" + none, `{"title":5}`, owner, 400, wire.CodeValidation, "title"},
		{"PATCH", "/v1/room-categories/" + none, `[]`, owner, 400, wire.CodeValidation, "body"},
		{"DELETE", "/v1/room-categories/" + none, nil, owner, 404, wire.CodeNotFound, ""},
		{"DELETE", "/v1/room-categories/%00", nil, owner, 404, wire.CodeNotFound, ""},
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

// What is not HTTP, or breaks off, is nobody's business but the sender's.
func TestBrokenRequestsAreNotLogged(t *testing.T) {
	s := newStand(t, options{})
	for _, said := range []string{"\x16\x03\x01\x02\x00\x01\x00", "garbage\r\n\r\n", "GET / HT", "GET /" + strings.Repeat("a", 20000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, said); err != nil {
			t.Fatal(err)
		}
		// Closing with a reset is how a connection breaks.
		if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	into[wire.Version](s, 200, request{method: "GET", path: "/version"})
	if err := s.server.Close(within(t)); err != nil { // waits for those above
		t.Fatal(err)
	}
	if log := s.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
		t.Fatal(log)
	}
}
