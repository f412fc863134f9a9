package main

import (
	"time"

	"github.com/boltorezka/boltorezka/loadtest"
	"github.com/spf13/cobra"
)

func voiceCommand() *cobra.Command {
	var cfg loadtest.VoiceConfig
	out := output{scenario: "voice"}
	cmd := &cobra.Command{
		Use:   "voice",
		Short: "Participants in voice, some of whom talk all the time",
		Long: `Brings participants into voice through the SFU one after another, lets some
talk, and measures the steady state: join to first audio, loss, latency,
continuity, and with --server-pid the server's CPU and memory.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.prepare(cmd, &cfg.Target); err != nil {
				return err
			}
			rep, err := loadtest.Voice(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return out.write(cmd, rep)
		},
	}
	f := cmd.Flags()
	f.IntVar(&cfg.Participants, "participants", 50, "participants in all")
	f.IntVar(&cfg.Rooms, "rooms", 1, "rooms to spread them over; more than one are made anew")
	f.IntVar(&cfg.Talkers, "talkers", 3, "of each room's participants, how many talk")
	f.DurationVar(&cfg.Duration, "duration", 20*time.Second, "how long to measure once all have joined")
	f.DurationVar(&cfg.JoinEvery, "join-every", 50*time.Millisecond, "pause between joins")
	out.flags(cmd, &cfg.Target)
	return cmd
}

func chatCommand() *cobra.Command {
	var cfg loadtest.ChatConfig
	out := output{scenario: "chat"}
	cmd := &cobra.Command{
		Use:   "chat",
		Short: "Members of rooms who write to each other",
		Long: `Members take turns to write into their rooms at an even rate. Each message says
in its text who sent it and its number, so every delivery to every member is
accounted for: latency from when it was due, losses, duplicates, disorder.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.prepare(cmd, &cfg.Target); err != nil {
				return err
			}
			rep, err := loadtest.Chat(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return out.write(cmd, rep)
		},
	}
	f := cmd.Flags()
	f.IntVar(&cfg.Clients, "clients", 100, "members in all")
	f.IntVar(&cfg.Rooms, "rooms", 1, "rooms to spread them over; more than one are made anew")
	f.Float64Var(&cfg.Rate, "rate", 20, "messages a second, in all rooms together")
	f.IntVar(&cfg.Size, "size", 120, "characters of a message")
	f.DurationVar(&cfg.Duration, "duration", 20*time.Second, "how long to measure")
	out.flags(cmd, &cfg.Target)
	return cmd
}

func presenceCommand() *cobra.Command {
	var cfg loadtest.PresenceConfig
	out := output{scenario: "presence"}
	cmd := &cobra.Command{
		Use:   "presence",
		Short: "Sockets that join, leave and change their state, or do nothing",
		Long: `Half of each room's clients leave, join and change their state at an even rate;
the others watch. Every change is followed to every watcher: latency, losses,
and at the end whether the last picture each was given is true. With --rate 0
the sockets are idle, with --rooms 0 in no room: what does a socket cost?`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.prepare(cmd, &cfg.Target); err != nil {
				return err
			}
			rep, err := loadtest.Presence(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return out.write(cmd, rep)
		},
	}
	f := cmd.Flags()
	f.IntVar(&cfg.Clients, "clients", 100, "sockets in all")
	f.IntVar(&cfg.Rooms, "rooms", 1, "rooms to spread them over; more than one are made anew, 0: in none")
	f.Float64Var(&cfg.Rate, "rate", 20, "acts a second in all; 0: idle")
	f.DurationVar(&cfg.Duration, "duration", 20*time.Second, "how long to measure")
	out.flags(cmd, &cfg.Target)
	return cmd
}

func reconnectCommand() *cobra.Command {
	var cfg loadtest.ReconnectConfig
	out := output{scenario: "reconnect"}
	cmd := &cobra.Command{
		Use:   "reconnect",
		Short: "All sockets cut at once, while messages go on",
		Long: `Cuts every socket at once while members go on writing. The clients come back by
themselves with the backoff of the Go client, resume where the server lets them,
and else join again and catch up through history. Measures how long until each
is back, until it has what it missed, and whether anything acked was lost.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.prepare(cmd, &cfg.Target); err != nil {
				return err
			}
			rep, err := loadtest.Reconnect(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return out.write(cmd, rep)
		},
	}
	f := cmd.Flags()
	f.IntVar(&cfg.Clients, "clients", 100, "members in all")
	f.IntVar(&cfg.Rooms, "rooms", 1, "rooms to spread them over; more than one are made anew")
	f.IntVar(&cfg.Cuts, "cuts", 1, "how often to cut them all")
	f.Float64Var(&cfg.Rate, "rate", 10, "messages a second, in all rooms together")
	f.IntVar(&cfg.Size, "size", 120, "characters of a message")
	f.DurationVar(&cfg.Before, "before", 3*time.Second, "pause before each cut and after the last")
	f.DurationVar(&cfg.Patience, "patience", 30*time.Second, "how long the clients may take to be back")
	out.flags(cmd, &cfg.Target)
	return cmd
}
