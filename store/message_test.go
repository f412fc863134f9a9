package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

func say(t testing.TB, s *store.Store, r store.Room, u store.User, text string) store.Message {
	t.Helper()
	m, duplicate, err := s.AppendMessage(background, store.NewMessage{RoomID: r.ID, UserID: u.ID, UserName: u.Name, Text: text})
	if err != nil || duplicate {
		t.Fatal(duplicate, err)
	}
	return m
}

func TestAppendManyAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		u, a, b := account(t, s, "Ann"), room(t, s, "aaa"), room(t, s, "bbb")
		var wg sync.WaitGroup
		const writers, each = 8, 15
		for range writers {
			wg.Go(func() {
				for i := range each {
					for _, r := range []store.Room{a, b} {
						if _, _, err := s.AppendMessage(background, store.NewMessage{RoomID: r.ID, UserID: u.ID, Text: fmt.Sprint(i)}); err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		wg.Wait()
		for _, r := range []store.Room{a, b} {
			zero := int64(0)
			all, more, err := s.History(background, store.HistoryQuery{RoomID: r.ID, AfterSeq: &zero, Limit: 1000})
			if err != nil || more || len(all) != writers*each {
				t.Fatalf("%d messages, more %v, %v", len(all), more, err)
			}
			for i, m := range all {
				if m.RoomSeq != int64(i+1) {
					t.Fatalf("message %d has roomSeq %d", i, m.RoomSeq)
				}
				if i > 0 && m.CreatedAt.Before(all[i-1].CreatedAt.Time) {
					t.Fatalf("createdAt decreases at roomSeq %d", m.RoomSeq)
				}
			}
		}
	})
}

func TestOneKeyManyAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		u, r, other := account(t, s, "Ann"), room(t, s, "aaa"), room(t, s, "bbb")
		var wg sync.WaitGroup
		var mu sync.Mutex
		ids, firsts := map[string]bool{}, 0
		for i := range 8 {
			wg.Go(func() {
				in := r
				if i%2 == 1 { // the key is the user's, not the room's
					in = other
				}
				m, duplicate, err := s.AppendMessage(background, store.NewMessage{RoomID: in.ID, UserID: u.ID, Text: fmt.Sprint(i), IdempotencyKey: "same"})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[m.ID] = true
				if !duplicate {
					firsts++
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || firsts != 1 {
			t.Fatalf("%d messages, %d of them first", len(ids), firsts)
		}
		// What was not stored used no number up.
		bob := account(t, s, "Bob")
		a, b := say(t, s, r, bob, "x"), say(t, s, other, bob, "x")
		if a.RoomSeq+b.RoomSeq != 3 {
			t.Fatalf("roomSeq %d and %d after one message", a.RoomSeq, b.RoomSeq)
		}
		// Another user's same key is another key.
		if _, duplicate, err := s.AppendMessage(background, store.NewMessage{RoomID: r.ID, UserID: bob.ID, Text: "y", IdempotencyKey: "same"}); err != nil || duplicate {
			t.Fatal(duplicate, err)
		}
	})
}

func TestAppendRefusals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		u, r, other := account(t, s, "Ann"), room(t, s, "aaa"), room(t, s, "bbb")
		elsewhere := say(t, s, other, u, "x")
		try := func(n store.NewMessage) error {
			n.UserID, n.Text = u.ID, "x"
			_, _, err := s.AppendMessage(background, n)
			return err
		}
		none := "none"
		wantErr(t, try(store.NewMessage{RoomID: "none"}), store.ErrNotFound)
		wantErr(t, try(store.NewMessage{RoomID: r.ID, ReplyTo: &none}), store.ErrReplyTo)
		wantErr(t, try(store.NewMessage{RoomID: r.ID, ReplyTo: &elsewhere.ID}), store.ErrReplyTo)
		// Refused messages used no number up.
		first := say(t, s, r, u, "x")
		if first.RoomSeq != 1 {
			t.Fatalf("roomSeq %d", first.RoomSeq)
		}
		m, _, err := s.AppendMessage(background, store.NewMessage{RoomID: r.ID, UserID: u.ID, Text: "nul \x00 \U0001F600 \u202e", ReplyTo: &first.ID})
		if err != nil || *m.ReplyTo != first.ID {
			t.Fatal(m, err)
		}
		page, _, err := s.History(background, store.HistoryQuery{RoomID: r.ID, Limit: 1})
		if err != nil || page[0].Text != "nul \uFFFD \U0001F600 \u202e" || page[0].Text != m.Text {
			t.Fatalf("%q %v", page[0].Text, err)
		}
		yes := true
		must(s.UpdateRoom(background, r.ID, store.RoomPatch{Archived: &yes}))(t)
		wantErr(t, try(store.NewMessage{RoomID: r.ID}), store.ErrArchived)
	})
}

func TestCreatedAtNeverDecreases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		u, r := account(t, s, "Ann"), room(t, s, "aaa")
		first := say(t, s, r, u, "1")
		c.move(-time.Hour)
		second := say(t, s, r, u, "2")
		if second.CreatedAt.Before(first.CreatedAt.Time) {
			t.Fatalf("%v after %v", second.CreatedAt, first.CreatedAt)
		}
		c.move(2 * time.Hour)
		if third := say(t, s, r, u, "3"); !third.CreatedAt.Equal(c.now()) {
			t.Fatalf("%v at %v", third.CreatedAt, c.now())
		}
	})
}

func texts(page []store.Message) string {
	var all []string
	for _, m := range page {
		all = append(all, m.Text)
	}
	return strings.Join(all, " ")
}

func TestHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		u, r, other := account(t, s, "Ann"), room(t, s, "aaa"), room(t, s, "bbb")
		var all []store.Message
		for i := range 7 {
			if i%3 == 0 { // several share a millisecond
				c.move(time.Second)
			}
			all = append(all, say(t, s, r, u, fmt.Sprint(i)))
			say(t, s, other, u, "elsewhere")
		}
		check := func(q store.HistoryQuery, want string, wantMore bool) {
			t.Helper()
			q.RoomID = r.ID
			page, more, err := s.History(background, q)
			if err != nil || texts(page) != want || more != wantMore {
				t.Fatalf("got %q more %v %v, want %q more %v", texts(page), more, err, want, wantMore)
			}
		}
		at := func(i int) *time.Time { v := all[i].CreatedAt.Time; return &v }
		check(store.HistoryQuery{Limit: 3}, "6 5 4", true)
		check(store.HistoryQuery{Limit: 7}, "6 5 4 3 2 1 0", false)
		check(store.HistoryQuery{Limit: 3, BeforeID: all[4].ID, BeforeCreatedAt: at(4)}, "3 2 1", true)
		check(store.HistoryQuery{Limit: 3, BeforeID: all[3].ID}, "2 1 0", false)
		check(store.HistoryQuery{Limit: 3, BeforeID: all[0].ID}, "", false)
		// The time alone: all of its millisecond are left out.
		check(store.HistoryQuery{Limit: 9, BeforeCreatedAt: at(4)}, "2 1 0", false)
		long := at(0).Add(-time.Hour)
		check(store.HistoryQuery{Limit: 9, BeforeCreatedAt: &long}, "", false)
		// A message that is not there any more: its time and id find the place.
		gone := all[5].ID[:35] + "0"
		if gone == all[5].ID {
			gone = all[5].ID[:35] + "1"
		}
		page, _, err := s.History(background, store.HistoryQuery{RoomID: r.ID, Limit: 9, BeforeCreatedAt: at(5), BeforeID: gone})
		if err != nil || len(page) < 5 || page[0].RoomSeq > 6 {
			t.Fatalf("got %q %v", texts(page), err)
		}
		_, _, err = s.History(background, store.HistoryQuery{RoomID: r.ID, Limit: 9, BeforeID: gone})
		wantErr(t, err, store.ErrNotFound)
		// Another room's message is no cursor here.
		_, _, err = s.History(background, store.HistoryQuery{RoomID: other.ID, Limit: 9, BeforeID: all[3].ID})
		wantErr(t, err, store.ErrNotFound)
		for after, want := range map[int64]string{0: "0 1 2", 4: "4 5 6", 5: "5 6", 7: "", 99: ""} {
			check(store.HistoryQuery{Limit: 3, AfterSeq: &after}, want, after == 0)
		}
	})
}

func TestClearKeepsCounting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		u, r, other := account(t, s, "Ann"), room(t, s, "aaa"), room(t, s, "bbb")
		say(t, s, r, u, "1")
		say(t, s, r, u, "2")
		kept := say(t, s, other, u, "kept")
		if n := must(s.ClearMessages(background, r.ID))(t); n != 2 {
			t.Fatalf("cleared %d", n)
		}
		if m := say(t, s, r, u, "3"); m.RoomSeq != 3 {
			t.Fatalf("roomSeq %d after two were cleared", m.RoomSeq)
		}
		page, _, err := s.History(background, store.HistoryQuery{RoomID: other.ID, Limit: 9})
		if err != nil || len(page) != 1 || page[0].ID != kept.ID {
			t.Fatalf("%+v %v", page, err)
		}
	})
}
