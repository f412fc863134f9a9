package httpapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// who is one column of the table below: somebody of a role, with a session of
// the cell's own.
type who struct {
	token, id string
}

// things are made anew for each cell: what one cell removes, another needs.
type things struct {
	room, private, category, invite, session, user, test string
}

// TestWhoMayCall walks every call with everybody: the status of each cell.
// A call that is not in it fails the test.
func TestWhoMayCall(t *testing.T) {
	tests := signaling.NewVoiceTests(signaling.VoiceConfig{}, plainMedia{}, hostCredentials{})
	defer tests.Close()
	s := newStand(t, options{deps: func(d *Deps) { d.VoiceTests = tests }})
	owner := s.owner()
	account := func(name string, role wire.Role) wire.User {
		user := s.member(owner, name).User
		if role != wire.RoleMember {
			user = into[wire.UserAnswer](s, 200, request{method: "POST", path: "/v1/admin/users/" + user.ID + "/promote", token: owner, body: wire.Promote{Role: role}}).User
		}
		return user
	}
	names := []string{"", "", "Member", "Moderator", "Admin", "Owner"}
	account("Member", wire.RoleMember)
	account("Moderator", wire.RoleModerator)
	account("Admin", wire.RoleAdmin)
	target := account("Target", wire.RoleMember)
	signIn := func(name string) wire.SignedIn {
		return into[wire.SignedIn](s, 200, request{method: "POST", path: "/v1/auth/login", body: wire.Login{Name: name, Password: password}})
	}
	cells := 0
	become := func(column int) who {
		switch column {
		case 0:
			return who{}
		case 1:
			guest := s.guest(owner, fmt.Sprintf("Guest %d", cells))
			return who{guest.Token, guest.User.ID}
		}
		in := signIn(names[column])
		return who{in.Token, in.User.ID}
	}
	setUp := func() things {
		cells++
		slug := fmt.Sprintf("thing-%d", cells)
		room := func(slug string, public bool) string {
			return into[wire.RoomAnswer](s, 201, request{method: "POST", path: "/v1/rooms", token: owner, body: wire.NewRoom{Slug: slug, Title: "Thing", IsPublic: &public}}).Room.ID
		}
		th := things{room: room(slug, true), private: slug + "-p", user: target.ID, invite: s.invite(owner)}
		room(th.private, false)
		th.category = into[wire.CategoryAnswer](s, 201, request{method: "POST", path: "/v1/room-categories", token: owner, body: wire.NewCategory{Slug: slug, Title: "Thing"}}).Category.ID
		in := signIn("Target")
		th.session = into[wire.Sessions](s, 200, request{method: "GET", path: "/v1/sessions", token: in.Token}).Sessions[0].ID
		test, err := tests.Begin(target.ID, "host")
		if err != nil {
			t.Fatal(err)
		}
		th.test = test.ID
		return th
	}

	walked := map[string]bool{}
	for _, row := range []struct {
		call string // {things} are filled in
		body string
		//            nobody guest member moderator admin owner
		want string
	}{
		{"GET /health", "", "200 200 200 200 200 200"},
		{"GET /version", "", "200 200 200 200 200 200"},
		{"GET /v1/openapi.yaml", "", "200 200 200 200 200 200"},
		{"GET /v1/asyncapi.yaml", "", "200 200 200 200 200 200"},
		{"GET /v1/docs", "", "200 200 200 200 200 200"},
		{"GET /v1/docs/:docs.css", "", "200 200 200 200 200 200"},

		{"GET /v1/auth/mode", "", "200 200 200 200 200 200"},
		{"POST /v1/auth/register", `{"name":"New {n}","password":"correct horse","inviteCode":"{invite}"}`, "201 201 201 201 201 201"},
		{"POST /v1/auth/login", `{"name":"Target","password":"correct horse"}`, "200 200 200 200 200 200"},
		{"POST /v1/auth/guest", `{"name":"Other {n}","inviteCode":"{invite}"}`, "201 201 201 201 201 201"},
		{"POST /v1/auth/refresh", "", "401 200 200 200 200 200"},
		{"POST /v1/auth/logout", "", "401 200 200 200 200 200"},
		{"GET /v1/auth/me", "", "401 200 200 200 200 200"},
		{"GET /v1/auth/ws-ticket", "", "401 200 200 200 200 200"},
		{"GET /v1/auth/sso/start", "", "503 503 503 503 503 503"},
		{"GET /v1/auth/sso/callback", "", "503 503 503 503 503 503"},

		{"GET /v1/sessions", "", "401 200 200 200 200 200"},
		{"DELETE /v1/sessions/:{session}", "", "401 404 404 404 404 404"}, // somebody else's
		{"GET /v1/invites", "", "401 403 200 200 200 200"},
		{"POST /v1/invites", "{}", "401 403 201 201 201 201"},
		{"DELETE /v1/invites/:{invite}", "", "401 404 404 404 200 200"}, // the owner's

		{"GET /v1/rooms", "", "401 200 200 200 200 200"},
		{"POST /v1/rooms", `{"slug":"new-{n}","title":"New"}`, "401 403 403 403 201 201"},
		{"GET /v1/rooms/tree", "", "401 200 200 200 200 200"},
		{"PATCH /v1/rooms/:{room}", `{"title":"Other"}`, "401 403 403 403 200 200"},
		{"DELETE /v1/rooms/:{room}", "", "401 403 403 403 200 200"},
		{"GET /v1/rooms/:general/messages", "", "401 200 200 200 200 200"},
		{"GET /v1/rooms/:{private}/messages", "", "401 404 200 200 200 200"},
		{"DELETE /v1/rooms/:{room}/messages", "", "401 403 403 403 200 200"},
		{"POST /v1/room-categories", `{"slug":"new-{n}","title":"New"}`, "401 403 403 403 201 201"},
		{"PATCH /v1/room-categories/:{category}", `{"title":"Other"}`, "401 403 403 403 200 200"},
		{"DELETE /v1/room-categories/:{category}", "", "401 403 403 403 200 200"},

		{"GET /v1/admin/users", "", "401 403 403 403 200 200"},
		{"POST /v1/admin/users/:{user}/promote", `{"role":"member"}`, "401 403 403 403 403 200"},

		{"POST /v1/voice/tests", "", "401 201 201 201 201 201"},
		{"POST /v1/voice/tests/:{test}/offer", `{"sdp":"v=0"}`, "401 404 404 404 404 404"}, // somebody else's
		{"DELETE /v1/voice/tests/:{test}", "", "401 404 404 404 404 404"},

		{"POST /v1/telemetry/web", `{"event":"session"}`, "200 200 200 200 200 200"},
		{"GET /v1/telemetry/summary", "", "401 403 403 403 200 200"},

		{"GET /v1/realtime/ws", "", "400 400 400 400 400 400"}, // no upgrade; the ticket says who
	} {
		method, path, _ := strings.Cut(row.call, " ")
		walked[method+" "+shape(path)] = true
		for column, want := range strings.Fields(row.want) {
			th := setUp()
			fill := strings.NewReplacer("{n}", fmt.Sprint(cells), "{room}", th.room, "{private}", th.private, "{category}", th.category,
				"{invite}", th.invite, "{session}", th.session, "{user}", th.user, "{test}", th.test)
			r := request{method: method, path: fill.Replace(strings.ReplaceAll(path, ":", "")), token: become(column).token}
			if row.body != "" {
				r.body = fill.Replace(row.body)
			}
			if got := fmt.Sprint(s.do(r).StatusCode); got != want {
				t.Errorf("%s by %s: %s, want %s", row.call, []string{"nobody", "a guest", "a member", "a moderator", "an admin", "the owner"}[column], got, want)
			}
		}
	}
	for _, route := range s.server.Routes() {
		method, path, _ := strings.Cut(route, " ")
		if !walked[method+" "+shape(path)] {
			t.Errorf("%s is not in the table of who may call it", route)
		}
	}
}

// shape is a path with * for its parameters.
func shape(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}
