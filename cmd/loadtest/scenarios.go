package main

import (
	"context"
	"time"

	"github.com/boltorezka/boltorezka/loadtest"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// scenario makes the command that runs one.
func scenario[C any, R loadtest.Report](name, short, long string, cfg *C, target *loadtest.Target, run func(context.Context, C) (R, error), flags func(*pflag.FlagSet)) *cobra.Command {
	out := output{scenario: name}
	cmd := &cobra.Command{
		Use: name, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.prepare(cmd, target); err != nil {
				return err
			}
			rep, err := run(cmd.Context(), *cfg)
			if err != nil {
				return err
			}
			return out.write(cmd, rep)
		},
	}
	flags(cmd.Flags())
	out.flags(cmd, target)
	return cmd
}

// These flags mean the same in every scenario that has them.
func clientsFlag(f *pflag.FlagSet, n *int) { f.IntVar(n, "clients", 100, "sockets in all") }
func sizeFlag(f *pflag.FlagSet, n *int)    { f.IntVar(n, "size", 120, "characters of a message") }
func roomsFlag(f *pflag.FlagSet, n *int, more string) {
	f.IntVar(n, "rooms", 1, "rooms to spread them over; more than one are made anew"+more)
}
func durationFlag(f *pflag.FlagSet, d *time.Duration) {
	f.DurationVar(d, "duration", 20*time.Second, "how long to measure")
}

func chatCommand() *cobra.Command {
	var cfg loadtest.ChatConfig
	return scenario("chat", "Members of rooms who write to each other",
		`Members take turns to write into their rooms at an even rate, or with --rate 0
each as fast as its messages are acked. Each message says in its text who sent
it and its number, so every delivery to every member is accounted for: latency
from when it was due, losses, duplicates, disorder.`,
		&cfg, &cfg.Target, loadtest.Chat, func(f *pflag.FlagSet) {
			clientsFlag(f, &cfg.Clients)
			roomsFlag(f, &cfg.Rooms, "")
			f.Float64Var(&cfg.Rate, "rate", 20, "messages a second, in all rooms together; 0: as many as are acked")
			f.IntVar(&cfg.Window, "window", 1, "with --rate 0, messages of each client that wait for their ack")
			sizeFlag(f, &cfg.Size)
			durationFlag(f, &cfg.Duration)
		})
}

func presenceCommand() *cobra.Command {
	var cfg loadtest.PresenceConfig
	return scenario("presence", "Sockets that join, leave and change their state, or do nothing",
		`Half of each room's clients leave, join and change their state at an even rate;
the others watch. Every change is followed to every watcher: latency, losses,
and at the end whether the last picture each was given is true. With --rate 0
the sockets are idle, with --rooms 0 in no room: what does a socket cost?`,
		&cfg, &cfg.Target, loadtest.Presence, func(f *pflag.FlagSet) {
			clientsFlag(f, &cfg.Clients)
			roomsFlag(f, &cfg.Rooms, ", 0: in none")
			f.Float64Var(&cfg.Rate, "rate", 20, "acts a second in all; 0: idle")
			durationFlag(f, &cfg.Duration)
		})
}

func reconnectCommand() *cobra.Command {
	var cfg loadtest.ReconnectConfig
	return scenario("reconnect", "All sockets cut at once, while messages go on",
		`Cuts every socket at once while members go on writing. The clients come back by
themselves with the backoff of the Go client, resume where the server lets them,
and else join again and catch up through history. Measures how long until each
is back, until it has what it missed, and whether anything acked was lost.`,
		&cfg, &cfg.Target, loadtest.Reconnect, func(f *pflag.FlagSet) {
			clientsFlag(f, &cfg.Clients)
			roomsFlag(f, &cfg.Rooms, "")
			f.IntVar(&cfg.Cuts, "cuts", 1, "how often to cut them all")
			f.Float64Var(&cfg.Rate, "rate", 10, "messages a second, in all rooms together")
			sizeFlag(f, &cfg.Size)
			f.DurationVar(&cfg.Before, "before", 3*time.Second, "pause before each cut and after the last")
			f.DurationVar(&cfg.Patience, "patience", 30*time.Second, "how long the clients may take to be back")
		})
}
