package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/boltorezka/boltorezka/store"
)

// newMigrate makes the command for operators who bring the schema up to date
// apart from the start; serve does it too.
func newMigrate(from *settings) *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the database up to date and stop", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
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
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is up to date\n", cfg.Store)
			return err
		},
	}
}
