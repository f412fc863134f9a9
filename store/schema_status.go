package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"gorm.io/gorm"
)

// SchemaVersion is one step of the schema.
type SchemaVersion struct {
	ID      string
	Applied bool // the database has it
	Known   bool // this program has it; else a newer one made it
}

// SchemaStatus says which steps of the schema a database has, oldest first,
// without changing it. A database that is not there has none.
func SchemaStatus(ctx context.Context, cfg Config) ([]SchemaVersion, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Store{postgres: cfg.Postgres()}
	s.groups()
	var applied []string
	if !s.postgres {
		file := filepath.Join(cfg.DataDir, sqliteFile)
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			return versions(nil), nil
		}
		db, err := openFile(file, "_pragma=query_only(1)")
		if err != nil {
			return nil, err
		}
		s.write, s.read = db, db
	} else if err := s.openPostgres(cfg); err != nil {
		return nil, err
	}
	applied, err := appliedVersions(s.read.WithContext(ctx))
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	return versions(applied), nil
}

// appliedVersions lists what a database has; without the table it has nothing.
func appliedVersions(db *gorm.DB) (ids []string, err error) {
	if !db.Migrator().HasTable("migrations") {
		return nil, nil
	}
	if err := db.Raw("SELECT id FROM migrations ORDER BY id").Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("store: reading the schema's versions: %w", err)
	}
	return ids, nil
}

// versions compares what a database has with what this program has.
func versions(applied []string) (all []SchemaVersion) {
	for _, m := range migrations {
		all = append(all, SchemaVersion{ID: m.ID, Known: true, Applied: slices.Contains(applied, m.ID)})
	}
	for _, id := range applied {
		if !slices.ContainsFunc(all, func(v SchemaVersion) bool { return v.ID == id }) {
			all = append(all, SchemaVersion{ID: id, Applied: true})
		}
	}
	return all
}
