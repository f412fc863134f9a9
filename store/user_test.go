package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

var background = context.Background()

func TestNamesOfAccounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(c.set)
		ann := account(t, s, "Ann")
		for _, role := range []string{"member", "guest"} {
			_, err := s.CreateUser(background, store.NewUser{Name: "ANN", NameKey: "ann", Role: role})
			wantErr(t, err, store.ErrConflict)
		}
		got := must(s.AccountByName(background, "ann"))(t)
		if got != ann {
			t.Fatalf("got %+v, want %+v", got, ann)
		}
		_, err := s.AccountByName(background, "bob")
		wantErr(t, err, store.ErrNotFound)

		// Guests may share a name, which is nobody's account.
		bob := must(s.CreateUser(background, store.NewUser{Name: "Bob", NameKey: "bob", Role: "guest"}))(t)
		must(s.CreateUser(background, store.NewUser{Name: "bob", NameKey: "bob", Role: "guest"}))(t)
		_, err = s.AccountByName(background, "bob")
		wantErr(t, err, store.ErrNotFound)

		// While a guest is here nobody takes his name; then it is free.
		must(s.CreateSession(background, store.NewSession{UserID: bob.ID, TokenHash: "h", ExpiresAt: c.now().Add(time.Hour)}))(t)
		_, err = s.CreateUser(background, store.NewUser{Name: "Bob", NameKey: "bob", Role: "member"})
		wantErr(t, err, store.ErrConflict)
		c.move(time.Hour)
		account(t, s, "Bob")
	})
}

func TestFirstAccountIsOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		if must(s.HasAccounts(background))(t) {
			t.Fatal("an empty database has accounts")
		}
		must(s.CreateUser(background, store.NewUser{Name: "Guest", NameKey: "guest", Role: "guest"}))(t)
		if must(s.HasAccounts(background))(t) {
			t.Fatal("a guest counts as an account")
		}
		var wg sync.WaitGroup
		var made, refused atomic.Int32
		for i := range 8 {
			wg.Go(func() {
				name := string(rune('a' + i))
				_, err := s.CreateUser(background, store.NewUser{Name: name, NameKey: name, Role: "owner", First: true})
				switch {
				case err == nil:
					made.Add(1)
				case errors.Is(err, store.ErrConflict):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if made.Load() != 1 || refused.Load() != 7 {
			t.Fatalf("%d owners made, %d refused", made.Load(), refused.Load())
		}
	})
}

func TestOneNameTwoAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		var wg sync.WaitGroup
		var made atomic.Int32
		for range 8 {
			wg.Go(func() {
				_, err := s.CreateUser(background, store.NewUser{Name: "Ann", NameKey: "ann", Role: "member"})
				if err == nil {
					made.Add(1)
				} else if !errors.Is(err, store.ErrConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if made.Load() != 1 {
			t.Fatalf("%d accounts of one name", made.Load())
		}
	})
}

func TestRoles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		owner := must(s.CreateUser(background, store.NewUser{Name: "Own", NameKey: "own", Role: "owner", First: true}))(t)
		guest := must(s.CreateUser(background, store.NewUser{Name: "Gue", NameKey: "gue", Role: "guest"}))(t)
		ann := account(t, s, "Ann")
		if got := must(s.SetRole(background, ann.ID, "moderator"))(t); got.Role != "moderator" || got.ID != ann.ID {
			t.Fatalf("got %+v", got)
		}
		for _, id := range []string{owner.ID, guest.ID} {
			_, err := s.SetRole(background, id, "member")
			wantErr(t, err, store.ErrConflict)
		}
		_, err := s.SetRole(background, "nobody", "member")
		wantErr(t, err, store.ErrNotFound)
		// Guests who have left are not listed.
		if users := must(s.ListUsers(background))(t); len(users) != 2 || users[0].ID != owner.ID || users[1].Role != "moderator" {
			t.Fatalf("listed %+v", users)
		}
		must(s.CreateSession(background, store.NewSession{UserID: guest.ID, TokenHash: "h", ExpiresAt: time.Now().Add(time.Hour)}))(t)
		if users := must(s.ListUsers(background))(t); len(users) != 3 {
			t.Fatalf("listed %+v", users)
		}
	})
}

func TestSetPasswordEndsSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		ann := account(t, s, "Ann")
		must(s.CreateSession(background, store.NewSession{UserID: ann.ID, TokenHash: "h", ExpiresAt: time.Now().Add(time.Hour)}))(t)
		if err := s.SetPassword(background, ann.ID, "new"); err != nil {
			t.Fatal(err)
		}
		if got := must(s.UserByID(background, ann.ID))(t); got.PasswordHash != "new" {
			t.Fatalf("got %+v", got)
		}
		_, _, err := s.SessionByToken(background, "h")
		wantErr(t, err, store.ErrNotFound)
		wantErr(t, s.SetPassword(background, "nobody", "new"), store.ErrNotFound)
	})
}
