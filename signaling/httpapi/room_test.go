package httpapi

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store"
)

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
	renamed := into[wire.CategoryAnswer](s, 200, request{method: "PATCH", path: "/v1/room-categories/" + cat.ID, token: owner, body: `{"title":" Play ","position":4}`}).Category
	if renamed.Title != "Play" || renamed.Position != 4 || renamed.Slug != "games" || renamed.Channels == nil {
		t.Fatalf("renamed %+v", renamed)
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
	into[wire.OK](s, 200, request{method: "DELETE", path: "/v1/room-categories/" + cat.ID, token: owner})
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.hub.trees != 3 {
		t.Errorf("the hub heard %d times that the categories are others", s.hub.trees)
	}
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
