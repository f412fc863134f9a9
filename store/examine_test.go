package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/store/storetest"
)

func TestExamine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(func(*store.Config)) *store.Store) {
		var cfg store.Config
		open(func(c *store.Config) { cfg = *c }) // the server goes on meanwhile
		c, err := store.Examine(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if !c.Exists || c.Product == "" || c.Bytes == 0 || c.ReadOnly != nil || len(c.Damage) > 0 || c.Unchecked != nil || len(c.Schema) == 0 {
			t.Errorf("%+v", c)
		}
		for _, v := range c.Schema {
			if !v.Known || !v.Applied {
				t.Errorf("%+v", v)
			}
		}
		if !cfg.Postgres() {
			return
		}
		sign := "?"
		if strings.Contains(cfg.URL, "?") {
			sign = "&"
		}
		cfg.URL += sign + "default_transaction_read_only=on" // as of a standby
		if c, err := store.Examine(t.Context(), cfg); err != nil || c.ReadOnly == nil || c.ServerConns == 0 {
			t.Errorf("where nothing may be written: %+v, %v", c, err)
		}
	})
}

func TestExamineNothing(t *testing.T) {
	cfg := store.Defaults()
	cfg.DataDir = t.TempDir()
	if c, err := store.Examine(t.Context(), cfg); err != nil || c.Exists {
		t.Errorf("before the first start: %+v, %v", c, err)
	}
	if left, err := os.ReadDir(cfg.DataDir); err != nil || len(left) > 0 {
		t.Errorf("it has made %v, %v", left, err)
	}
}

func TestExamineDamage(t *testing.T) {
	cfg := store.Defaults()
	cfg.DataDir = t.TempDir()
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(cfg.DataDir, "boltorezka.db")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	torn := bytes.Clone(whole)
	for i := len(torn) / 2; i < len(torn)/2+8192; i++ {
		torn[i] = 0xaa
	}
	if err := os.WriteFile(file, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := store.Examine(t.Context(), cfg); err == nil && len(c.Damage) == 0 {
		t.Errorf("a torn file is %+v", c)
	}
	if err := os.WriteFile(file, []byte(strings.Repeat("nothing of the kind ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Examine(t.Context(), cfg); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("another file is %v", err)
	}
}
