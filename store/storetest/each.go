package storetest

import (
	"context"
	"testing"

	"github.com/boltorezka/boltorezka/store"
)

// Each runs a test on an empty SQLite database and on an empty PostgreSQL one.
// open opens that database, as often as the test likes; change, when it is not
// nil, may alter the configuration. What is open at the end is closed.
func Each(t *testing.T, test func(t *testing.T, open func(change func(*store.Config)) *store.Store)) {
	t.Helper()
	databases := []struct {
		name string
		set  func(t *testing.T, cfg *store.Config)
	}{
		{"sqlite", func(t *testing.T, cfg *store.Config) { cfg.DataDir = t.TempDir() }},
		{"postgres", func(t *testing.T, cfg *store.Config) { cfg.URL = Postgres(t) }},
	}
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) {
			base := store.Defaults()
			db.set(t, &base)
			test(t, func(change func(*store.Config)) *store.Store {
				t.Helper()
				cfg := base
				if change != nil {
					change(&cfg)
				}
				return open(t, cfg)
			})
		})
	}
}

// SQLite opens an empty SQLite database that is closed when the test ends.
func SQLite(t testing.TB) *store.Store {
	t.Helper()
	cfg := store.Defaults()
	cfg.DataDir = t.TempDir()
	return open(t, cfg)
}

func open(t testing.TB, cfg store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the database: %v", err)
		}
	})
	return s
}
