package store_test

import (
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

// TestClockSetBack: messages that are stored after the clock was set back come
// after the others all the same, in every way of reading them.
func TestClockSetBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann, bob, r := account(t, s, "Ann"), account(t, s, "Bob"), room(t, s, "aaa")
		var all []store.Message
		for _, step := range []time.Duration{time.Second, -3 * time.Hour, time.Second, -24 * time.Hour, 30 * time.Hour, -time.Minute} {
			all = append(all, say(t, s, r, ann, step.String()))
			c.move(step)
		}
		for i, m := range all {
			if m.RoomSeq != int64(i+1) || i > 0 && m.CreatedAt.Before(all[i-1].CreatedAt.Time) {
				t.Fatalf("message %d: roomSeq %d of %s", i, m.RoomSeq, m.CreatedAt)
			}
		}
		for i, m := range all {
			before := page(s.History(background, store.HistoryQuery{RoomID: r.ID, Limit: 10, BeforeCreatedAt: &m.CreatedAt.Time, BeforeID: m.ID}))(t)
			if len(before) != i {
				t.Errorf("%d messages before number %d", len(before), i+1)
			}
		}
		// A message of before may be edited: it is not of the future.
		c.move(-48 * time.Hour)
		if _, changed, err := s.EditMessage(background, r.ID, all[0].ID, ann.ID, "edited", window); err != nil || !changed {
			t.Error(changed, err)
		}
		for _, st := range must(s.ReadStates(background, bob.ID))(t) {
			if st.LastSeq != 6 || st.LastMessageID != all[5].ID {
				t.Errorf("%+v", st)
			}
		}
	})
}
