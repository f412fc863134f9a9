package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	_ "github.com/glebarez/go-sqlite"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

func TestNewerSchemaIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open opener) {
		var cfg store.Config
		s := open(func(c *store.Config) { cfg = *c })
		account(t, s, "Ann")
		raw := must(sql.Open("sqlite", filepath.Join(cfg.DataDir, "boltorezka.db")))
		if cfg.URL != "" {
			raw = must(sql.Open("pgx", cfg.URL))
		}
		db := raw(t)
		defer db.Close()
		if _, err := db.Exec("INSERT INTO migrations (id) VALUES ('9999_from_the_future')"); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(context.Background(), cfg)
		wantErr(t, err, store.ErrNewerSchema)
		// The refusal changes nothing.
		if _, err := s.AccountByName(context.Background(), "ann"); err != nil {
			t.Fatal(err)
		}
	})
}
