package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

func TestDeleteBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann, a, b := account(t, s, "Ann"), room(t, s, "aaa"), room(t, s, "bbb")
		bob := account(t, s, "Bob")
		c.move(time.Second)
		for i := range 12 {
			r := a
			if i%3 == 0 {
				r = b
			}
			res := s.AppendMessages(background, []store.NewMessage{{RoomID: r.ID, UserID: ann.ID, Text: fmt.Sprint(i), MentionKeys: [][]string{{"bob"}}}})
			if res[0].Err != nil {
				t.Fatal(res[0].Err)
			}
			c.move(time.Hour)
		}
		cut := c.now().Add(-3*time.Hour - time.Minute)
		var steps []int64
		for {
			n := must(s.DeleteBefore(background, cut, 4))(t)
			if n == 0 {
				break
			}
			steps = append(steps, n)
		}
		total := int64(0)
		for _, n := range steps {
			if total += n; n > 4 {
				t.Errorf("%d in one batch", n)
			}
		}
		if total != 9 || len(steps) < 3 {
			t.Fatalf("removed %v", steps)
		}
		left := page(s.History(background, store.HistoryQuery{RoomID: a.ID, Limit: 50}))(t)
		if len(left) != 2 || left[0].RoomSeq != 8 || left[1].RoomSeq != 7 {
			t.Fatalf("left %+v", left)
		}
		for _, st := range must(s.ReadStates(background, bob.ID))(t) {
			if want := map[string]int64{a.ID: 6, b.ID: 3}[st.RoomID]; st.ReadSeq != want || st.Mentions != st.LastSeq-want {
				t.Fatalf("what is gone counts as unread: %+v", st)
			}
		}
		if m := say(t, s, a, ann, "next"); m.RoomSeq != 9 {
			t.Fatalf("the count begins anew: %d", m.RoomSeq)
		}
	})
}
