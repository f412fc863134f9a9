package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/boltorezka/boltorezka/store"
)

// newMigrate makes the commands for operators who bring the schema up to date
// apart from the start; serve does it too.
func newMigrate(from *settings) *cobra.Command {
	up := &cobra.Command{
		Use: "up", Short: "Bring the database up to date and stop", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return migrateUp(cmd, from) },
	}
	status := &cobra.Command{
		Use: "status", Short: "Say which versions of the schema the database has; fails when some are missing", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return migrateStatus(cmd, from) },
	}
	migrate := &cobra.Command{
		Use: "migrate", Short: "The database's schema: up (also without a word), status", Args: noArgs, RunE: up.RunE,
	}
	migrate.AddCommand(up, status)
	return migrate
}

func migrateUp(cmd *cobra.Command, from *settings) error {
	cfg, _, err := from.load()
	if err != nil {
		return err
	}
	db, err := store.Open(cmd.Context(), cfg.Store)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return tell(cmd, "%s is up to date\n", cfg.Store)
}

func migrateStatus(cmd *cobra.Command, from *settings) error {
	cfg, _, err := from.load()
	if err != nil {
		return err
	}
	versions, err := store.SchemaStatus(cmd.Context(), cfg.Store)
	if err != nil {
		return err
	}
	pending, newer := 0, 0
	for _, v := range versions {
		state := "applied"
		switch {
		case !v.Known:
			state, newer = "of a newer boltorezka", newer+1
		case !v.Applied:
			state, pending = "pending", pending+1
		}
		if err := tell(cmd, "%s\t%s\n", v.ID, state); err != nil {
			return err
		}
	}
	switch {
	case newer > 0:
		return store.ErrNewerSchema
	case pending > 0:
		return fmt.Errorf("%d of %d versions are pending; boltorezka migrate brings %s up to date", pending, len(versions), cfg.Store)
	}
	return nil
}
