package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

func TestSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann, bob := account(t, s, "Ann"), account(t, s, "Bob")
		phone := must(s.CreateSession(background, store.NewSession{UserID: ann.ID, TokenHash: "phone", UserAgent: "p", ExpiresAt: c.now().Add(time.Hour)}))(t)
		c.move(time.Second)
		desk := must(s.CreateSession(background, store.NewSession{UserID: ann.ID, TokenHash: "desk", ExpiresAt: c.now().Add(2 * time.Hour)}))(t)

		row, user, err := s.SessionByToken(background, "phone")
		if err != nil || row.ID != phone.ID || user != ann || row.UserAgent != "p" {
			t.Fatalf("got %+v %+v %v", row, user, err)
		}
		_, _, err = s.SessionByToken(background, "other")
		wantErr(t, err, store.ErrNotFound)

		list := must(s.ListSessions(background, ann.ID))(t)
		if len(list) != 2 || list[0].ID != desk.ID {
			t.Fatalf("listed %+v", list)
		}
		c.move(time.Second)
		if err := s.TouchSession(background, phone.ID); err != nil {
			t.Fatal(err)
		}
		if list = must(s.ListSessions(background, ann.ID))(t); list[0].ID != phone.ID || !list[0].LastSeenAt.Equal(c.now()) {
			t.Fatalf("listed %+v", list)
		}

		// Nobody ends another's.
		wantErr(t, s.DeleteSession(background, bob.ID, phone.ID), store.ErrNotFound)
		if err := s.DeleteSession(background, ann.ID, phone.ID); err != nil {
			t.Fatal(err)
		}
		wantErr(t, s.DeleteSession(background, ann.ID, phone.ID), store.ErrNotFound)
		_, _, err = s.SessionByToken(background, "phone")
		wantErr(t, err, store.ErrNotFound)

		c.move(2 * time.Hour)
		_, _, err = s.SessionByToken(background, "desk")
		wantErr(t, err, store.ErrNotFound)
		if n := must(s.DeleteExpiredSessions(background))(t); n != 1 {
			t.Fatalf("removed %d", n)
		}
	})
}

func TestRotation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann := account(t, s, "Ann")
		row := must(s.CreateSession(background, store.NewSession{UserID: ann.ID, TokenHash: "one", ExpiresAt: c.now().Add(time.Hour)}))(t)
		rotate := func(hash string) error {
			return s.RotateSession(background, row.ID, hash, c.now().Add(time.Hour), c.now().Add(time.Minute))
		}
		if err := rotate("two"); err != nil {
			t.Fatal(err)
		}
		for _, hash := range []string{"one", "two"} {
			if got, _, err := s.SessionByToken(background, hash); err != nil || got.ID != row.ID {
				t.Fatalf("%s: %+v %v", hash, got, err)
			}
		}
		c.move(time.Minute)
		_, _, err := s.SessionByToken(background, "one")
		wantErr(t, err, store.ErrNotFound)
		must2(s.SessionByToken(background, "two"))(t)
		c.move(time.Hour)
		wantErr(t, rotate("three"), store.ErrNotFound)
	})
}

func must2(_ store.Session, _ store.User, err error) func(testing.TB) {
	return func(t testing.TB) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestInvites(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann, bob := account(t, s, "Ann"), account(t, s, "Bob")
		two := 2
		soon := c.now().Add(time.Hour)
		must(s.CreateInvite(background, "limited", ann.ID, &two, &soon))(t)
		must(s.CreateInvite(background, "free", bob.ID, nil, nil))(t)
		join := func(name, code string) error {
			_, err := s.CreateUser(background, store.NewUser{Name: name, NameKey: name, Role: "guest", InviteCode: code})
			return err
		}
		wantErr(t, join("x", "unknown"), store.ErrInvite)
		// A name that is taken uses nothing up.
		wantErr(t, join("ann", "limited"), store.ErrConflict)
		var wg sync.WaitGroup
		var in atomic.Int32
		for range 8 {
			wg.Go(func() {
				if err := join("guest", "limited"); err == nil {
					in.Add(1)
				} else if !errors.Is(err, store.ErrInvite) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if in.Load() != 2 {
			t.Fatalf("%d came in with an invite for 2", in.Load())
		}
		list := must(s.ListInvites(background, ann.ID))(t)
		if len(list) != 1 || list[0].Uses != 2 || *list[0].MaxUses != 2 || !list[0].ExpiresAt.Equal(soon) {
			t.Fatalf("listed %+v", list)
		}
		if list = must(s.ListInvites(background, ""))(t); len(list) != 2 {
			t.Fatalf("listed %+v", list)
		}
		must(s.CreateInvite(background, "short", ann.ID, nil, &soon))(t)
		c.move(time.Hour)
		wantErr(t, join("late", "short"), store.ErrInvite)
		if err := join("late", "free"); err != nil {
			t.Fatal(err)
		}
		wantErr(t, s.DeleteInvite(background, "free", ann.ID), store.ErrNotFound)
		if err := s.DeleteInvite(background, "free", ""); err != nil {
			t.Fatal(err)
		}
		wantErr(t, join("later", "free"), store.ErrInvite)
	})
}
