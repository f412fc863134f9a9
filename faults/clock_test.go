package faults_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/glebarez/go-sqlite"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/boltorezka/boltorezka/store/storetest"
)

// The clock is set back by three hours under load: seen from the server after
// it, what is stored is of the future. A test cannot set its machine's clock,
// so it moves what is stored instead. What is written after it comes after it,
// in the order of roomSeq and of time, over a restart too.
func TestClockSetBack(t *testing.T) {
	dir := t.TempDir()
	dsn := storetest.Postgres(t)
	t.Run("sqlite", func(t *testing.T) {
		clockSetBack(t, newServer(t, dir), "sqlite", filepath.Join(dir, "boltorezka.db")+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	})
	t.Run("postgres", func(t *testing.T) {
		clockSetBack(t, newServer(t, t.TempDir(), "BOLTOREZKA_DATABASE_URL="+dsn), "pgx", dsn)
	})
}

func clockSetBack(t *testing.T, s *server, driver, dsn string) {
	s.start()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := gather(t, s.url, 20, brisk)
	c.pace = 20 * time.Millisecond
	c.write(10)
	for range either(2, 10) {
		c.progress(100)
		if err := setBack(t, db); err != nil {
			t.Fatal(err)
		}
		c.progress(100)
		s.end(9)
		s.start()
		c.connected()
	}
	c.progress(100)
	c.settle()
}

// setBack makes all that is stored three hours younger, which is as if the clock
// had been set back by as much. The room comes first: its row is what the
// writers of a room take turns by.
func setBack(t *testing.T, db *sql.DB) error {
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // committed, or of no use
	for _, change := range []string{
		"UPDATE rooms SET last_message_at = last_message_at + 10800000, created_at = created_at + 10800000",
		"UPDATE messages SET created_at = created_at + 10800000",
		"UPDATE sessions SET created_at = created_at + 10800000, last_seen_at = last_seen_at + 10800000",
	} {
		if _, err := tx.ExecContext(t.Context(), change); err != nil {
			return fmt.Errorf("%s: %w", change, err)
		}
	}
	return tx.Commit()
}
