package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/boltorezka/boltorezka/configs"
	"github.com/boltorezka/boltorezka/store"
)

// newBackup makes the command that copies the database while the server runs.
func newBackup(from *settings) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Copy the database to a new file, also while the server runs", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, _, err := from.load()
			if err != nil {
				return err
			}
			err = store.Backup(cmd.Context(), cfg.Store, args[0])
			switch {
			case errors.Is(err, store.ErrPostgres):
				return tell(cmd, "The data is in PostgreSQL, whose own program copies it while the server runs:\n\n  %s\n",
					postgresCommand(cfg, "pg_dump --format=custom --file="+quote(args[0])))
			case errors.Is(err, fs.ErrExist):
				return fmt.Errorf("%s is there already; give a file that is not", args[0])
			case errors.Is(err, fs.ErrNotExist):
				return fmt.Errorf("there is no database in %s; see data.dir", cfg.Store.DataDir)
			case err != nil:
				return err
			}
			return tell(cmd, "%s is a copy of %s\n", args[0], cfg.Store)
		},
	}
}

// newRestore makes the command that puts a backup in the database's place.
func newRestore(from *settings) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the database's place; the server must not run", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, _, err := from.load()
			if err != nil {
				return err
			}
			aside, err := store.Restore(cmd.Context(), cfg.Store, args[0], replace)
			switch {
			case errors.Is(err, store.ErrPostgres):
				return tell(cmd, "The data is in PostgreSQL, whose own program puts it back; stop the server first:\n\n  %s\n",
					postgresCommand(cfg, "pg_restore --clean --if-exists --no-owner", quote(args[0])))
			case errors.Is(err, store.ErrNotEmpty):
				return fmt.Errorf("%s is there already; --replace keeps it aside and puts the backup in its place", cfg.Store)
			case errors.Is(err, store.ErrInUse):
				return fmt.Errorf("%s is in use; stop the server first", cfg.Store)
			case errors.Is(err, fs.ErrNotExist):
				return fmt.Errorf("there is no file %s", args[0])
			case err != nil:
				return err
			}
			if aside != "" {
				if err := tell(cmd, "what was there is now %s\n", aside); err != nil {
					return err
				}
			}
			return tell(cmd, "%s is restored from %s\n", cfg.Store, args[0])
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "keep the database that is there aside")
	return cmd
}

// postgresCommand writes a command line of PostgreSQL's for this database. The
// password is left out: it comes from PGPASSWORD or ~/.pgpass.
func postgresCommand(cfg configs.Config, program string, args ...string) string {
	line := program + " --dbname=" + quote(cfg.Store.WithoutPassword())
	for _, a := range args {
		line += " " + a
	}
	return line
}

func tell(cmd *cobra.Command, format string, args ...any) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), format, args...)
	return err
}

// quote makes one word of a shell's line.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
