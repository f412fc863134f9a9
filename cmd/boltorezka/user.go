package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/store"
)

// newUser makes the commands for an operator at the machine itself, who needs
// no account. They work while the server runs and while it does not.
func newUser(from *settings) *cobra.Command {
	user := &cobra.Command{Use: "user", Short: "Accounts: list, create, role, reset, disable, enable"}
	var role string
	create := &cobra.Command{
		Use: "create NAME", Short: "Make an account; the password is read from standard input, one line", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := readLine(cmd.InOrStdin())
			if err != nil {
				return err
			}
			return withAccounts(cmd.Context(), from, func(s *auth.Service) error {
				return createUser(cmd, s, args[0], password, wire.Role(role))
			})
		},
	}
	switched := func(use, short string, disabled bool) *cobra.Command {
		return &cobra.Command{
			Use: use, Short: short, Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return withAccounts(cmd.Context(), from, func(s *auth.Service) error { return disable(cmd, s, args[0], disabled) })
			},
		}
	}
	create.Flags().StringVar(&role, "role", "", "admin, moderator or member (default member; the first account is the owner's)")
	user.AddCommand(create,
		switched("disable NAME", "Shut an account out and sign its devices out; what it wrote stays", true),
		switched("enable NAME", "Let a disabled account in again", false),
		&cobra.Command{
			Use: "list", Short: "List the accounts and the guests who are signed in", Args: noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return withAccounts(cmd.Context(), from, func(s *auth.Service) error { return listUsers(cmd, s) })
			},
		},
		&cobra.Command{
			Use: "role NAME ROLE", Short: "Give an account another role: admin, moderator or member", Args: cobra.ExactArgs(2),
			RunE: func(cmd *cobra.Command, args []string) error {
				return withAccounts(cmd.Context(), from, func(s *auth.Service) error {
					return setRole(cmd, s, args[0], wire.Role(args[1]))
				})
			},
		},
		&cobra.Command{
			Use: "reset NAME", Short: "Give an account another password, read from standard input, and sign its devices out", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				password, err := readLine(cmd.InOrStdin())
				if err != nil {
					return err
				}
				return withAccounts(cmd.Context(), from, func(s *auth.Service) error {
					if err := s.ResetPassword(cmd.Context(), args[0], password); err != nil {
						return plain(err)
					}
					_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s has a new password\n", args[0])
					return err
				})
			},
		})
	return user
}

// withAccounts opens the database for one command.
func withAccounts(ctx context.Context, from *settings, f func(*auth.Service) error) error {
	cfg, _, err := from.load()
	if err != nil {
		return err
	}
	_, who, err := edgeConfigs(cfg)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, cfg.Store)
	if err != nil {
		return err
	}
	service, err := auth.New(ctx, who, authDeps(db))
	if err == nil {
		err = f(service)
	}
	return errors.Join(err, db.Close())
}

func createUser(cmd *cobra.Command, s *auth.Service, name, password string, role wire.Role) error {
	first := s.SetupCode() != ""
	switch {
	case first && role != "" && role != wire.RoleOwner:
		return fmt.Errorf("--role: %q is not accepted; the first account is the owner's, so leave --role out", role)
	case first:
		role = wire.RoleOwner
	case role == "":
		role = wire.RoleMember
	}
	user, err := s.AddAccount(cmd.Context(), name, password, role)
	if err != nil {
		return plain(err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is now %s\n", user.Name, user.Role)
	return err
}

func listUsers(cmd *cobra.Command, s *auth.Service) error {
	users, err := s.Users(cmd.Context())
	if err != nil {
		return plain(err)
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
	for _, u := range users {
		state := ""
		if u.DisabledAt != nil {
			state = "disabled"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Name, u.Role, u.CreatedAt.Format("2006-01-02"), state)
	}
	return w.Flush()
}

func disable(cmd *cobra.Command, s *auth.Service, name string, disabled bool) error {
	u, err := s.Disable(cmd.Context(), name, disabled)
	if err != nil {
		return plain(err)
	}
	state := "may sign in again"
	if disabled {
		state = "is disabled; its devices are signed out, and sockets close within seconds"
	}
	return tell(cmd, "%s %s\n", u.Name, state)
}

func setRole(cmd *cobra.Command, s *auth.Service, name string, role wire.Role) error {
	ctx := cmd.Context()
	users, err := s.Users(ctx)
	if err != nil {
		return plain(err)
	}
	for _, u := range users {
		if u.Name == name && u.Role != wire.RoleGuest {
			u, err = s.Promote(ctx, u.ID, role)
			if err != nil {
				return plain(err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is now %s\n", u.Name, u.Role)
			return err
		}
	}
	return fmt.Errorf("there is no account named %q; see boltorezka user list", name)
}

// plain leaves the code out of an error that a person reads.
func plain(err error) error {
	var coded *wire.Error
	if errors.As(err, &coded) && coded.Code != wire.CodeInternal {
		return errors.New(coded.Message)
	}
	return err
}

func readLine(r io.Reader) (string, error) {
	lines := bufio.NewScanner(r)
	if !lines.Scan() {
		return "", errors.Join(errors.New("no password was given; write it to standard input, one line"), lines.Err())
	}
	return lines.Text(), nil
}
