package store_test

import (
	"testing"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

func TestRooms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		general := store.NewRoom{Slug: "general", Title: "General", IsPublic: true, TopologyPolicy: "auto", MaxParticipants: 500}
		for range 2 {
			if err := s.SeedRoom(background, general); err != nil {
				t.Fatal(err)
			}
		}
		seeded := must(s.ListRooms(background, false))(t)
		if len(seeded) != 1 || seeded[0].Slug != "general" || seeded[0].MaxParticipants != 500 || !seeded[0].IsPublic {
			t.Fatalf("seeded %+v", seeded)
		}
		cat := must(s.CreateCategory(background, "games", "Games", 1))(t)
		_, err := s.CreateCategory(background, "games", "Other", 1)
		wantErr(t, err, store.ErrConflict)
		_, err = s.CreateRoom(background, general)
		wantErr(t, err, store.ErrConflict)
		none := "nowhere"
		_, err = s.CreateRoom(background, store.NewRoom{Slug: "chess", Title: "Chess", CategoryID: &none})
		wantErr(t, err, store.ErrCategory)
		chess := must(s.CreateRoom(background, store.NewRoom{Slug: "chess", Title: "Chess", CategoryID: &cat.ID, Position: 2, TopologyPolicy: "sfu", MaxParticipants: 3}))(t)
		if got := must(s.RoomBySlug(background, "chess"))(t); got.ID != chess.ID || *got.CategoryID != cat.ID || got.IsPublic {
			t.Fatalf("got %+v", got)
		}

		title, out, yes, no := "Chess!", "", true, false
		got := must(s.UpdateRoom(background, chess.ID, store.RoomPatch{Title: &title, CategoryID: &out, IsPublic: &yes, Archived: &yes}))(t)
		if got.Title != title || got.CategoryID != nil || !got.IsPublic || got.ArchivedAt == nil || !got.ArchivedAt.Equal(c.now()) || got.TopologyPolicy != "sfu" {
			t.Fatalf("got %+v", got)
		}
		if n := len(must(s.ListRooms(background, false))(t)); n != 1 {
			t.Fatalf("%d rooms listed", n)
		}
		if n := len(must(s.ListRooms(background, true))(t)); n != 2 {
			t.Fatalf("%d rooms listed with archived ones", n)
		}
		c.move(1e9)
		if again := must(s.UpdateRoom(background, chess.ID, store.RoomPatch{Archived: &yes}))(t); !again.ArchivedAt.Equal(got.ArchivedAt.Time) {
			t.Fatal("archiving again moved the time")
		}
		if back := must(s.UpdateRoom(background, chess.ID, store.RoomPatch{Archived: &no}))(t); back.ArchivedAt != nil {
			t.Fatalf("got %+v", back)
		}
		if same := must(s.UpdateRoom(background, chess.ID, store.RoomPatch{}))(t); same.Title != title {
			t.Fatalf("got %+v", same)
		}
		_, err = s.UpdateRoom(background, "none", store.RoomPatch{Title: &title})
		wantErr(t, err, store.ErrNotFound)
		_, err = s.UpdateRoom(background, chess.ID, store.RoomPatch{CategoryID: &none})
		wantErr(t, err, store.ErrCategory)

		if err := s.DeleteRoom(background, chess.ID); err != nil {
			t.Fatal(err)
		}
		wantErr(t, s.DeleteRoom(background, chess.ID), store.ErrNotFound)
		_, err = s.RoomByID(background, chess.ID)
		wantErr(t, err, store.ErrNotFound)
		if list := must(s.ListCategories(background))(t); len(list) != 1 || list[0] != cat {
			t.Fatalf("listed %+v", list)
		}

		name, place := "Play", 7
		cat.Title, cat.Position = name, place
		if got := must(s.UpdateCategory(background, cat.ID, store.CategoryPatch{Title: &name, Position: &place}))(t); got != cat {
			t.Fatalf("changed to %+v", got)
		}
		if same := must(s.UpdateCategory(background, cat.ID, store.CategoryPatch{}))(t); same != cat {
			t.Fatalf("got %+v", same)
		}
		_, err = s.UpdateCategory(background, none, store.CategoryPatch{Title: &name})
		wantErr(t, err, store.ErrNotFound)
		go_ := must(s.CreateRoom(background, store.NewRoom{Slug: "go", Title: "Go", CategoryID: &cat.ID}))(t)
		if err := s.DeleteCategory(background, cat.ID); err != nil {
			t.Fatal(err)
		}
		wantErr(t, s.DeleteCategory(background, cat.ID), store.ErrNotFound)
		if left := must(s.RoomByID(background, go_.ID))(t); left.CategoryID != nil {
			t.Fatalf("a room of a category that is gone: %+v", left)
		}
	})
}

func TestDeleteRoomTakesItsMessages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		u, r := account(t, s, "Ann"), room(t, s, "general")
		if _, _, err := s.AppendMessage(background, store.NewMessage{RoomID: r.ID, UserID: u.ID, Text: "x", IdempotencyKey: "k"}); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteRoom(background, r.ID); err != nil {
			t.Fatal(err)
		}
		page, _, err := s.History(background, store.HistoryQuery{RoomID: r.ID, Limit: 10})
		if err != nil || len(page) != 0 {
			t.Fatalf("left: %+v %v", page, err)
		}
	})
}
