// Command loadtest puts load on a Boltorezka server and prints what its users
// would get and what it costs.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/boltorezka/boltorezka/loadtest"
	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:           "loadtest",
		Short:         "Puts load on a Boltorezka server and measures what its users get",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(voiceCommand())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

func voiceCommand() *cobra.Command {
	cfg := loadtest.VoiceConfig{}
	var file string
	cmd := &cobra.Command{
		Use:   "voice",
		Short: "Participants in voice, some of whom talk all the time",
		Long: `Signs in its own participants, brings them into voice through the SFU one after
another, lets some talk, and measures the steady state: join to first audio,
loss, latency, continuity, and with --server-pid the server's CPU and memory.

Give the server BOLTOREZKA_LIMITS_RATE=0, or it will rightly refuse so many
joins from one address. An empty server on the same machine gets its owner from
the load test.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg.Log = func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
			rep, err := loadtest.Voice(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			if file != "" {
				b, err := json.MarshalIndent(rep, "", "  ")
				if err != nil {
					return err
				}
				if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
					return err
				}
			}
			return rep.Table(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.URL, "url", "http://127.0.0.1:8080", "address of the server")
	f.IntVar(&cfg.Participants, "participants", 50, "participants in all")
	f.IntVar(&cfg.Rooms, "rooms", 1, "rooms to spread them over; more than one are made anew")
	f.IntVar(&cfg.Talkers, "talkers", 3, "of each room's participants, how many talk")
	f.DurationVar(&cfg.Duration, "duration", 20*time.Second, "how long to measure once all have joined")
	f.DurationVar(&cfg.JoinEvery, "join-every", 50*time.Millisecond, "pause between joins")
	f.IntVar(&cfg.ServerPID, "server-pid", 0, "the server's process, to measure its CPU and memory (Linux, same machine)")
	f.StringVar(&cfg.User, "user", "", "an account that may make rooms and invites")
	f.StringVar(&cfg.Password, "password", "", "its password")
	f.StringVar(&cfg.Invite, "invite", "", "an invite for the participants")
	f.StringVar(&file, "json", "", "also write the report to this file, as JSON")
	return cmd
}
