package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

const window = 10 * time.Minute

// newest is the newest message of a room as a viewer gets it.
func newest(t testing.TB, s *store.Store, r store.Room, viewer store.User) store.Message {
	t.Helper()
	page, _, err := s.History(background, store.HistoryQuery{RoomID: r.ID, Limit: 1, ViewerID: viewer.ID})
	if err != nil || len(page) != 1 {
		t.Fatal(page, err)
	}
	return page[0]
}

func TestEdit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann, bob, r, other := account(t, s, "Ann"), account(t, s, "Bob"), room(t, s, "aaa"), room(t, s, "bbb")
		m := say(t, s, r, ann, "one")
		for _, bad := range []struct {
			room store.Room
			id   string
			user store.User
			err  error
		}{{other, m.ID, ann, store.ErrNotFound}, {r, "none", ann, store.ErrNotFound}, {r, m.ID, bob, store.ErrNotAuthor}} {
			_, _, err := s.EditMessage(background, bad.room.ID, bad.id, bad.user.ID, "x", window)
			wantErr(t, err, bad.err)
		}
		if _, changed, err := s.EditMessage(background, r.ID, m.ID, ann.ID, "one", window); changed || err != nil {
			t.Fatal("the same text is a change", err)
		}
		c.move(window)
		got, changed, err := s.EditMessage(background, r.ID, m.ID, ann.ID, "two\x00", window)
		if err != nil || !changed || got.Text != "two\uFFFD" || got.EditedAt == nil || got.RoomSeq != 1 {
			t.Fatalf("%+v, %v, %v", got, changed, err)
		}
		if kept := newest(t, s, r, ann); kept.Text != got.Text || !kept.EditedAt.Equal(got.EditedAt.Time) || !kept.CreatedAt.Equal(m.CreatedAt.Time) {
			t.Fatalf("kept %+v", kept)
		}
		c.move(time.Millisecond)
		_, _, err = s.EditMessage(background, r.ID, m.ID, ann.ID, "three", window)
		wantErr(t, err, store.ErrWindow)
	})
}

func TestDelete(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann, bob, r := account(t, s, "Ann"), account(t, s, "Bob"), room(t, s, "aaa")
		own, old := say(t, s, r, ann, "own"), say(t, s, r, ann, "old")
		if _, _, err := s.React(background, r.ID, own.ID, bob.ID, "👍", true); err != nil {
			t.Fatal(err)
		}
		_, _, err := s.DeleteMessage(background, r.ID, own.ID, bob.ID, false, window)
		wantErr(t, err, store.ErrNotAuthor)
		if _, changed, err := s.DeleteMessage(background, r.ID, own.ID, ann.ID, false, window); !changed || err != nil {
			t.Fatal(changed, err)
		}
		if _, changed, err := s.DeleteMessage(background, r.ID, own.ID, ann.ID, false, window); changed || err != nil {
			t.Fatal("deleted twice", err)
		}
		_, _, err = s.EditMessage(background, r.ID, own.ID, ann.ID, "x", window)
		wantErr(t, err, store.ErrNotFound)
		_, _, err = s.React(background, r.ID, own.ID, bob.ID, "👍", true)
		wantErr(t, err, store.ErrNotFound)
		c.move(window + time.Second)
		_, _, err = s.DeleteMessage(background, r.ID, old.ID, ann.ID, false, window)
		wantErr(t, err, store.ErrWindow)
		if _, changed, err := s.DeleteMessage(background, r.ID, old.ID, bob.ID, true, window); !changed || err != nil {
			t.Fatal(changed, err)
		}
		left := page(s.History(background, store.HistoryQuery{RoomID: r.ID, Limit: 10}))(t)
		if len(left) != 2 {
			t.Fatalf("%d places", len(left))
		}
		for _, m := range left {
			if m.Text != "" || m.DeletedAt == nil || len(m.Reactions) != 0 {
				t.Fatalf("left of a deleted message: %+v", m)
			}
		}
	})
}

func TestReactions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann, bob, r := account(t, s, "Ann"), account(t, s, "Bob"), room(t, s, "aaa")
		m := say(t, s, r, ann, "hi")
		react := func(u store.User, emoji string, on bool, count int, changed bool) {
			t.Helper()
			n, did, err := s.React(background, r.ID, m.ID, u.ID, emoji, on)
			if err != nil || n != count || did != changed {
				t.Fatalf("%s %v: %d, %v, %v", emoji, on, n, did, err)
			}
			c.move(time.Millisecond)
		}
		react(bob, "👍", true, 1, true)
		react(ann, "🎉", true, 1, true)
		react(ann, "👍", true, 2, true)
		react(ann, "👍", true, 2, false)
		want := []store.ReactionCount{{Emoji: "👍", Count: 2, Mine: true}, {Emoji: "🎉", Count: 1}}
		if got := newest(t, s, r, bob).Reactions; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		react(bob, "👍", false, 1, true)
		react(bob, "👍", false, 1, false)
		for i := range 18 {
			react(bob, fmt.Sprint(i), true, 1, true)
		}
		_, _, err := s.React(background, r.ID, m.ID, bob.ID, "one too many", true)
		wantErr(t, err, store.ErrTooMany)
		react(bob, "🎉", true, 2, true)
		if got := newest(t, s, r, bob).Reactions; len(got) != 20 {
			t.Fatalf("%d kinds", len(got))
		}
	})
}

func TestReading(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann, r := account(t, s, "Ann"), room(t, s, "aaa")
		room(t, s, "empty")
		say(t, s, r, ann, "before Bob")
		c.move(time.Second)
		bob := account(t, s, "Bob")
		state := func(u store.User) store.ReadState {
			t.Helper()
			for _, st := range must(s.ReadStates(background, u.ID))(t) {
				if st.RoomID == r.ID {
					return st
				}
				if st.LastSeq != 0 || st.ReadSeq != 0 || st.LastMessageID != "" {
					t.Fatalf("an empty room: %+v", st)
				}
			}
			t.Fatal("the room is missing")
			return store.ReadState{}
		}
		if st := state(bob); st.LastSeq != 1 || st.ReadSeq != 1 {
			t.Fatalf("what was there before him: %+v", st)
		}
		res := s.AppendMessages(background, []store.NewMessage{
			{RoomID: r.ID, UserID: ann.ID, Text: "@Bob", MentionKeys: [][]string{{"bob x", "bob"}, {"ann"}}},
			{RoomID: r.ID, UserID: ann.ID, Text: "@Bob again", MentionKeys: [][]string{{"nobody"}, {"bob"}, {"bob"}}},
			{RoomID: r.ID, UserID: ann.ID, Text: "no name"},
		})
		for i, want := range []string{bob.ID, bob.ID, ""} {
			if res[i].Err != nil || fmt.Sprint(res[i].Mentions) != "["+want+"]" {
				t.Fatalf("message %d: %+v", i, res[i])
			}
		}
		if st := state(bob); st.LastSeq != 4 || st.ReadSeq != 1 || st.Mentions != 2 || st.LastMessageID != res[2].Message.ID {
			t.Fatalf("unread: %+v", st)
		}
		if st := state(ann); st.ReadSeq != 4 || st.Mentions != 0 {
			t.Fatalf("the author's: %+v", st)
		}
		if st := must(s.MarkRead(background, bob.ID, res[0].Message.ID))(t); st.ReadSeq != 2 || st.Mentions != 1 || st.LastSeq != 4 {
			t.Fatalf("after reading the first: %+v", st)
		}
		must(s.MarkRead(background, bob.ID, res[2].Message.ID))(t)
		if st := must(s.MarkRead(background, bob.ID, res[0].Message.ID))(t); st.ReadSeq != 4 || st.Mentions != 0 {
			t.Fatalf("a pointer went back: %+v", st)
		}
		_, err := s.MarkRead(background, bob.ID, "none")
		wantErr(t, err, store.ErrNotFound)
		must(s.ClearMessages(background, r.ID))(t)
		if st := state(bob); st.LastSeq != 4 || st.ReadSeq != 4 || st.LastMessageID != "" {
			t.Fatalf("of a cleared room: %+v", st)
		}
	})
}

// TestGroup: what comes at once is stored together, and one that cannot be
// stored does not keep the others back.
func TestGroup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		ann := account(t, s, "Ann")
		rooms := []store.Room{room(t, s, "aaa"), room(t, s, "bbb"), room(t, s, "ccc")}
		gone := "no such message"
		gaveUp, cancel := context.WithCancel(background)
		cancel()
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				n := store.NewMessage{RoomID: rooms[i%3].ID, UserID: ann.ID, Text: fmt.Sprint(i), IdempotencyKey: fmt.Sprint("key", i/2)}
				switch i % 6 {
				case 4:
					n.ReplyTo, n.IdempotencyKey = &gone, ""
				case 5:
					n.UserID, n.IdempotencyKey = "nobody", ""
				}
				r := s.AppendMessages(background, []store.NewMessage{n, {RoomID: "none", UserID: ann.ID}})
				if (r[0].Err != nil) != (i%6 >= 4) || r[1].Err == nil {
					t.Errorf("message %d: %v, %v", i, r[0].Err, r[1].Err)
				}
				if r := s.AppendMessages(gaveUp, []store.NewMessage{{RoomID: rooms[0].ID, UserID: ann.ID, Text: "given up"}}); r[0].Err == nil {
					t.Error("stored for a caller who had gone")
				}
			})
		}
		wg.Wait()
		total := 0
		for _, r := range rooms {
			zero := int64(0)
			all := page(s.History(background, store.HistoryQuery{RoomID: r.ID, AfterSeq: &zero, Limit: 100}))(t)
			for i, m := range all {
				if m.RoomSeq != int64(i+1) {
					t.Fatalf("roomSeq %d in place %d", m.RoomSeq, i)
				}
			}
			total += len(all)
		}
		if total != 20 { // 40 good ones, two of each key
			t.Errorf("%d messages of 20 keys", total)
		}
	})
}

// page leaves out whether there are more.
func page[T any](v T, _ bool, err error) func(testing.TB) T { return must(v, err) }
