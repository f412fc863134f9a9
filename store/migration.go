package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"
)

// migrations are all schema versions, oldest first. One that was released is
// never edited: change the schema by adding another. They are written in the
// SQL that SQLite and PostgreSQL share, so that a later change of the Go
// structs cannot change what an old migration did.
var migrations = []*gormigrate.Migration{
	{ID: "0001_initial", Migrate: script(initialSchema)},
	{ID: "0002_conversations", Migrate: script(conversationsSchema)},
}

// migrationLock keeps two nodes that start together from migrating at once.
const migrationLock = 0x626f6c746f // "bolto"

func (s *Store) migrate(ctx context.Context) error {
	options := &gormigrate.Options{
		TableName:                 "migrations",
		IDColumnName:              "id",
		IDColumnSize:              255,
		ValidateUnknownMigrations: true,
	}
	err := s.write.WithContext(ctx).Connection(func(db *gorm.DB) error {
		if s.postgres {
			if err := db.Exec("SELECT pg_advisory_lock(?)", migrationLock).Error; err != nil {
				return fmt.Errorf("waiting for another node's migration: %w", err)
			}
			// The lock is the connection's; that goes back to the pool open.
			defer db.Exec("SELECT pg_advisory_unlock(?)", migrationLock)
		}
		// The transaction is ours: gormigrate's own goes on when it could not begin.
		return db.Session(&gorm.Session{NewDB: true}).Transaction(func(tx *gorm.DB) error {
			return gormigrate.New(tx, options, migrations).Migrate()
		})
	})
	if errors.Is(err, gormigrate.ErrUnknownPastMigration) {
		return ErrNewerSchema
	}
	if err != nil {
		return fmt.Errorf("store: bringing the schema up to date: %w", err)
	}
	return nil
}

func script(statements []string) gormigrate.MigrateFunc {
	return func(tx *gorm.DB) error {
		for _, statement := range statements {
			if err := tx.Exec(statement).Error; err != nil {
				return fmt.Errorf("%.60s: %w", statement, err)
			}
		}
		return nil
	}
}
