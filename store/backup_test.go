package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/boltorezka/boltorezka/store"
)

// TestBackupWhileWritten: a backup made during writes has every message that
// was stored before it began, and none that was not whole.
func TestBackupWhileWritten(t *testing.T) {
	cfg := store.Defaults()
	cfg.DataDir = t.TempDir()
	s := must(store.Open(background, cfg))(t)
	ann, r := account(t, s, "Ann"), room(t, s, "aaa")
	ctx, stop := context.WithCancel(background)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for k := 0; ctx.Err() == nil; k++ {
				res := s.AppendMessages(background, []store.NewMessage{{RoomID: r.ID, UserID: ann.ID, Text: fmt.Sprint(i, k), IdempotencyKey: fmt.Sprint(i, " ", k)}})
				if res[0].Err != nil {
					t.Error(res[0].Err)
				}
			}
		})
	}
	before := say(t, s, r, ann, "before the backup")
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := store.Backup(background, cfg, file); err != nil {
		t.Fatal(err)
	}
	after := say(t, s, r, ann, "after it")
	stop()
	wg.Wait()

	if info := must(os.Stat(file))(t); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := store.Backup(background, cfg, file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
	_, err := store.Restore(background, cfg, file, false)
	wantErr(t, err, store.ErrNotEmpty)
	_, err = store.Restore(background, cfg, file, true)
	wantErr(t, err, store.ErrInUse)
	if m := say(t, s, r, ann, "still here"); m.RoomSeq <= after.RoomSeq {
		t.Error("the refusal changed something")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	aside := must(store.Restore(background, cfg, file, true))(t)
	if _, err := os.Stat(aside); err != nil {
		t.Error(err)
	}
	s = must(store.Open(background, cfg))(t)
	defer s.Close()
	zero, seen := int64(0), false
	all := page(s.History(background, store.HistoryQuery{RoomID: r.ID, AfterSeq: &zero, Limit: 1 << 20}))(t)
	for i, m := range all {
		seen = seen || m.ID == before.ID
		if m.RoomSeq != int64(i+1) || m.ID == after.ID {
			t.Fatalf("message %d of the copy: %+v", i, m)
		}
	}
	if !seen {
		t.Error("a message of before the backup is missing")
	}
	say(t, s, r, ann, "and on")
}

func TestRestoreRefuses(t *testing.T) {
	cfg := store.Defaults()
	cfg.DataDir = filepath.Join(t.TempDir(), "data")
	if err := store.Backup(background, cfg, filepath.Join(t.TempDir(), "copy")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a backup of nothing: %v", err)
	}
	_, err := store.Restore(background, cfg, filepath.Join(t.TempDir(), "none"), false)
	wantErr(t, err, fs.ErrNotExist)
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte("SQLite format 3\x00 and then nothing of the kind, but long enough to be looked at as if it were one"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{garbage, os.DevNull} {
		_, err = store.Restore(background, cfg, content, false)
		wantErr(t, err, store.ErrDamaged)
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "boltorezka.db")); err == nil {
		t.Error("a refused restore left a database")
	}
	cfg.URL = "postgres://u@h/n"
	wantErr(t, store.Backup(background, cfg, "x"), store.ErrPostgres)
	_, err = store.Restore(background, cfg, "x", true)
	wantErr(t, err, store.ErrPostgres)
}
