package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/boltorezka/boltorezka/configs"
	"github.com/boltorezka/boltorezka/doctor"
	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/turn"
)

// newDoctor makes the command that looks for what is wrong.
func newDoctor(from *settings) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look for what is wrong with this server and its machine, why it matters and what to do", Args: noArgs,
		Long: "Looks for what is wrong with this server and its machine, why it matters and what to do.\n" +
			"Run it on the server's machine, as its user, with its settings, while it runs or before.\n" +
			"Exit status: 0 without a problem, 1 with one, 2 when it could not look.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := doctor.Run(cmd.Context(), doctor.Options{
				Version: buildVersion().Version, Source: from.source(), Load: from.load, Start: startParts,
			})
			if err := cmd.Context().Err(); err != nil {
				return withStatus(2, err)
			}
			if err := writeResult(cmd, asJSON, report, report.Write); err != nil {
				return withStatus(2, err)
			}
			if report.Count(doctor.Problem) > 0 {
				return withStatus(1, nil)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return withStatus(2, err) })
	return cmd
}

// source names where the settings come from.
func (s *settings) source() string {
	file := s.file
	if file == "" {
		file = os.Getenv(configs.FileEnv)
	}
	if file == "" {
		return "defaults and the environment; no settings file"
	}
	return file + " and the environment"
}

// startParts opens the sockets of media and TURN as start does.
func startParts(cfg configs.Config) (*doctor.Parts, error) {
	a := &app{cfg: cfg, log: slog.New(slog.DiscardHandler)}
	media, err := sfu.New(cfg.SFU, a.log)
	if err != nil {
		return nil, err
	}
	a.onStop("sfu", func(context.Context) error { media.Close(); return nil })
	relay, err := a.startTURN(media)
	if err != nil {
		a.close()
		return nil, err
	}
	parts := &doctor.Parts{Candidates: media.Candidates(), Close: a.close}
	if relay != nil {
		parts.TURN = func(_ context.Context, host string) ([]turn.ICEServer, error) {
			return relay.Issue(trialUser, trialSession, host), nil
		}
	}
	return parts, nil
}
