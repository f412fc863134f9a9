package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gorm.io/gorm"
)

// Condition is what Examine has found.
type Condition struct {
	// Exists is false of an SQLite file that is not there yet.
	Exists bool
	// Product is SQLite or PostgreSQL with its version.
	Product string
	// Bytes is the database's size.
	Bytes int64
	// Schema is as SchemaStatus returns it.
	Schema []SchemaVersion
	// ReadOnly is why nothing can be written, nil when it can.
	ReadOnly error
	// Damage is what SQLite's quick_check found, empty when all is whole;
	// Unchecked is why it did not end.
	Damage    []string
	Unchecked error
	// ServerConns is how many connections PostgreSQL takes in all; 0: not known.
	ServerConns int
}

// maxDamage bounds Condition.Damage.
const maxDamage = 5

// Examine looks at a database without changing it, also while a server uses
// it. The error says why it cannot be opened or read.
func Examine(ctx context.Context, cfg Config) (c Condition, err error) {
	if err := cfg.Validate(); err != nil {
		return c, err
	}
	if cfg.Postgres() {
		err = c.postgres(ctx, cfg)
	} else {
		err = c.sqlite(ctx, cfg)
	}
	if err == nil && c.Exists {
		c.Schema, err = SchemaStatus(ctx, cfg)
	}
	return c, err
}

func (c *Condition) sqlite(ctx context.Context, cfg Config) (err error) {
	file := filepath.Join(cfg.DataDir, sqliteFile)
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	c.Exists, c.Bytes = true, info.Size()
	if f, err := os.OpenFile(file, os.O_RDWR, 0); err != nil {
		c.ReadOnly = err
	} else {
		_ = f.Close()
	}
	db, err := openFile(file, "_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeFile(db)) }()
	db = db.WithContext(ctx)
	var version string
	var tables int // asked for so that the file is read
	err = db.Raw("SELECT sqlite_version()").Scan(&version).Error
	if err == nil {
		err = db.Raw("SELECT count(*) FROM sqlite_master").Scan(&tables).Error
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, file, root(err))
	}
	c.Product = "SQLite " + version
	if c.ReadOnly == nil {
		// The lock of a writer, taken and left again.
		c.ReadOnly = db.Transaction(func(*gorm.DB) error { return nil })
	}
	var found []string
	if err := db.Raw("PRAGMA quick_check(5)").Scan(&found).Error; err != nil {
		if isCorrupt(err) {
			c.Damage = []string{root(err).Error()}
		} else {
			c.Unchecked = root(err)
		}
		return nil
	}
	for _, line := range found {
		if line != "ok" && len(c.Damage) < maxDamage {
			c.Damage = append(c.Damage, line)
		}
	}
	return nil
}

func (c *Condition) postgres(ctx context.Context, cfg Config) (err error) {
	s := &Store{postgres: true}
	s.groups()
	if err := s.openPostgres(cfg); err != nil {
		return errors.Join(err, s.Close())
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	db := s.read.WithContext(ctx)
	var version string
	if err := db.Raw("SHOW server_version").Scan(&version).Error; err != nil {
		return fmt.Errorf("store: %w", root(err))
	}
	c.Exists, c.Product = true, "PostgreSQL "+version
	// Of what a user may not see, nothing is said.
	_ = db.Raw("SELECT pg_database_size(current_database())").Scan(&c.Bytes).Error
	_ = db.Raw("SELECT setting::int FROM pg_settings WHERE name = 'max_connections'").Scan(&c.ServerConns).Error
	if db.Migrator().HasTable("rooms") {
		// Refused where nothing may be written, though it changes no row.
		if err := db.Exec("UPDATE rooms SET title = title WHERE false").Error; err != nil {
			c.ReadOnly = root(err)
		}
	}
	return nil
}
