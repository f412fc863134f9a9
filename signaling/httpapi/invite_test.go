package httpapi

import (
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestInvitesAndPromotion(t *testing.T) {
	s := newStand(t, options{config: func(c *Config) { c.PublicURL = "https://talk.example.org" }})
	owner := s.owner()
	ann := s.member(owner, "Ann")
	end := s.now.now().AddDate(1, 0, 0).Truncate(time.Second)
	one := into[wire.InviteAnswer](s, 201, request{method: "POST", path: "/v1/invites", token: ann.Token,
		body: `{"maxUses":1,"expiresAt":"` + end.In(time.FixedZone("", 3*60*60)).Format(time.RFC3339) + `"}`}).Invite
	if one.URL != "https://talk.example.org/invite/"+one.Code || *one.MaxUses != 1 || one.Uses != 0 || !one.ExpiresAt.Equal(end) {
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
