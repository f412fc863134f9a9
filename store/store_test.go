package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

type opener = func(change func(*store.Config)) *store.Store

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func (c *clock) set(cfg *store.Config) { cfg.Now = c.now }

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func account(t testing.TB, s *store.Store, name string) store.User {
	t.Helper()
	return must(s.CreateUser(context.Background(), store.NewUser{Name: name, NameKey: strings.ToLower(name), Role: "member", PasswordHash: "x"}))(t)
}

func room(t testing.TB, s *store.Store, slug string) store.Room {
	t.Helper()
	return must(s.CreateRoom(context.Background(), store.NewRoom{Slug: slug, Title: slug, IsPublic: true, TopologyPolicy: "auto", MaxParticipants: 10}))(t)
}

func TestOpenAgainKeepsEverything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		s := open(nil)
		u, r := account(t, s, "Ann"), room(t, s, "general")
		first, _, err := s.AppendMessage(context.Background(), store.NewMessage{RoomID: r.ID, UserID: u.ID, UserName: "Ann", Text: "hi", IdempotencyKey: "k", SenderRequestID: "r1"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(context.Background()); err == nil {
			t.Fatal("a closed store answers")
		}
		s = open(nil)
		again, duplicate, err := s.AppendMessage(context.Background(), store.NewMessage{RoomID: r.ID, UserID: u.ID, UserName: "Ann", Text: "other words", IdempotencyKey: "k", SenderRequestID: "r2"})
		if err != nil || !duplicate {
			t.Fatalf("after a restart: duplicate %v, %v", duplicate, err)
		}
		if again.ID != first.ID || again.Text != "hi" || again.SenderRequestID != "r1" || !again.CreatedAt.Equal(first.CreatedAt.Time) {
			t.Fatalf("got %+v, want the first %+v", again, first)
		}
		if err := s.Ping(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTwoOpenAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { open(nil) })
		}
		wg.Wait()
	})
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	garbage := t.TempDir()
	if err := os.WriteFile(filepath.Join(garbage, "boltorezka.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*store.Config)
		want   string
	}{
		"folder is a file": {func(c *store.Config) { c.DataDir = file }, "data.dir"},
		"folder is empty":  {func(c *store.Config) { c.DataDir = "" }, "data.dir"},
		"no database":      {func(c *store.Config) { c.DataDir = garbage }, "put a backup in its place"},
		"other scheme":     {func(c *store.Config) { c.URL = "mysql://u:secret@h/db" }, "database.url"},
		"no URL":           {func(c *store.Config) { c.URL = "://secret" }, "database.url"},
		"no name":          {func(c *store.Config) { c.URL = "postgres://u:secret@localhost" }, "database.url"},
		"nobody there":     {func(c *store.Config) { c.URL = "postgres://u:secret@127.0.0.1:1/db?connect_timeout=2" }, "start PostgreSQL"},
		"connections":      {func(c *store.Config) { c.MaxConns = 0 }, "database.maxConns"},
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			cfg := store.Defaults()
			cfg.DataDir = t.TempDir()
			c.change(&cfg)
			s, err := store.Open(context.Background(), cfg)
			if err == nil {
				t.Fatal("opened", s.Close())
			}
			if !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\n\t") || strings.Contains(err.Error(), "secret") {
				t.Fatalf("the error does not say %s in one line, or tells the password: %v", c.want, err)
			}
		})
	}
}

func TestCloseLeavesNothingRunning(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := store.Defaults()
	cfg.DataDir = t.TempDir()
	s := must(store.Open(context.Background(), cfg))(t)
	account(t, s, "Ann")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDataIsNotOthersToRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "us?#%")
	cfg := store.Defaults()
	cfg.DataDir = dir
	s := must(store.Open(context.Background(), cfg))(t)
	defer s.Close()
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "boltorezka.db"): 0o600} {
		info := must(os.Stat(path))(t)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
}
