package store_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/boltorezka/boltorezka/store"
)

// hold takes the write lock of a folder's database, as another program does.
func hold(t *testing.T, dir string) (release func()) {
	t.Helper()
	db := must(sql.Open("sqlite", filepath.Join(dir, "boltorezka.db")))(t)
	c := must(db.Conn(context.Background()))(t)
	must(c.ExecContext(context.Background(), "BEGIN IMMEDIATE"))(t)
	return func() {
		must(c.ExecContext(context.Background(), "ROLLBACK"))(t)
		if err := errors.Join(c.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	}
}

// A new file is in rollback mode, and SQLite refuses at once to make it WAL
// while somebody writes.
func TestOpenWaitsForAnotherProgram(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := store.Defaults()
	cfg.DataDir = t.TempDir()
	release := hold(t, cfg.DataDir)
	type opened struct {
		*store.Store
		err error
	}
	done := make(chan opened, 1)
	go func() {
		s, err := store.Open(context.Background(), cfg)
		done <- opened{s, err}
	}()
	select {
	case o := <-done:
		t.Error("opened while another program writes:", o.err)
		done <- o
	case <-time.After(200 * time.Millisecond):
	}
	release()
	o := <-done
	if o.err != nil {
		t.Fatal(o.err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
}

// Nor does it wait beyond the caller's patience. SQLite is asked for 5 s first.
func TestOpenStopsWaiting(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := store.Defaults()
	cfg.DataDir = t.TempDir()
	s := must(store.Open(context.Background(), cfg))(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	defer hold(t, cfg.DataDir)()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	s, err := store.Open(ctx, cfg)
	if err == nil {
		t.Fatal("opened", s.Close())
	}
	wantErr(t, err, context.DeadlineExceeded)
}
